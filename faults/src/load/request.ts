import { Agent, type IncomingHttpHeaders, request } from "node:http";

/** One request to an app on loopback. */
export interface Question {
  readonly port: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly cookie: string | undefined;
  /** When the client gives up, in milliseconds. */
  readonly patience: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** The reply, or `undefined` if none came. */
export function ask({ port, method, path, cookie, patience }: Question): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const headers = {
      ...(cookie !== undefined && { cookie }),
      ...(method === "POST" && { "sec-fetch-site": "same-origin" }),
    };
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => {
        text += chunk;
      });
      reply.on("error", none);
      reply.on("end", () => {
        clearTimeout(timer);
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: parsed(text) });
      });
    });
    const timer = setTimeout(() => outgoing.destroy(), patience);
    function none(): void {
      clearTimeout(timer);
      resolve(undefined);
    }
    outgoing.on("error", none);
    outgoing.end();
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
