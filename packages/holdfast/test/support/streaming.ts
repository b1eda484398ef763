import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { TestAgent } from "../../src/testing/agent.ts";

/** A reply that is read piece by piece; nothing is read before {@link Streamed.next}. */
export interface Streamed {
  readonly reply: IncomingMessage;
  /** The next piece; `null` at the end. */
  next(): Promise<string | null>;
  /** Hangs up. */
  abort(): void;
}

/** Sends a GET with the agent's cookies and waits for the reply's head. */
export async function stream(agent: TestAgent, path: string): Promise<Streamed> {
  const outgoing = get(agent, path);
  const [reply]: IncomingMessage[] = await once(outgoing, "response");
  if (reply === undefined) throw new Error("no reply");
  outgoing.on("error", (error) => reply.destroy(error));
  const pieces = reply.setEncoding("utf8")[Symbol.asyncIterator]();
  return {
    reply,
    next: async () => {
      const { value, done } = await pieces.next();
      return done === true ? null : value;
    },
    abort: () => outgoing.destroy(),
  };
}

/** A GET with the agent's cookies, on its way. */
export function get(agent: TestAgent, path: string): ClientRequest {
  const cookie = [...agent.cookies].map((pair) => pair.join("=")).join("; ");
  const outgoing = request({ host: "127.0.0.1", port: agent.port, path, agent: false });
  if (cookie !== "") outgoing.setHeader("Cookie", cookie);
  return outgoing.end();
}
