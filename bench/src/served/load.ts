/**
 * Load from this process on a server in another.
 *
 * @module
 */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import autocannon from "autocannon";
import type { Page } from "./protocol.ts";
import type { ServedApp } from "./served-app.ts";

const CONNECTIONS = 16;

/** What load needs to know of a server. */
export type Target = Pick<ServedApp, "url" | "requests">;

/**
 * As many requests as the server will take, one after another on each connection, which has users of its own; returns how
 * many a second.
 */
export async function asFastAsPossible(app: Target, page: Page, amount: number): Promise<number> {
  const requests = app.requests(page);
  let connections = 0;
  const options = {
    url: app.url,
    connections: CONNECTIONS,
    amount,
    // Else all connections would go through the same users in step, and their writes meet in one session.
    setupClient: (client: autocannon.Client) => {
      client.setRequests(shareOf(requests, connections++));
    },
    // It looks so often, in milliseconds, whether it is done.
    sampleInt: 50,
  };
  const began = performance.now();
  let ended = began;
  const { non2xx, errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const load = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
    load.on("response", () => {
      ended = performance.now();
    });
  });
  if (non2xx + errors > 0) throw new Error(`${app.url}/${page}: ${non2xx} wrong replies, ${errors} errors`);
  return (amount * 1000) / (ended - began);
}

/** What one of the connections sends: the requests of users that no other has. */
function shareOf<Request>(requests: readonly Request[], connection: number): Request[] {
  return requests.filter((_request, user) => user % CONNECTIONS === connection);
}

/**
 * So many requests a second, each when it is due, whether or not those before have been answered; returns how long after
 * that each was answered, in milliseconds. autocannon sends all of a second's requests at its beginning.
 */
export async function atRate(app: Target, page: Page, perSecond: number, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 * CONNECTIONS });
  const requests = app.requests(page);
  const latencies: number[] = [];
  const replies: Promise<void>[] = [];
  const began = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let sent = 0; sent < total; ) {
    const due = ((performance.now() - began) / 1000) * perSecond;
    for (; sent < Math.min(due, total); sent++) {
      const dueAt = began + (sent * 1000) / perSecond;
      const chosen = requests[sent % requests.length];
      if (chosen === undefined) throw new Error("nobody has signed in");
      replies.push(send(app.url, chosen, agent).then(() => void latencies.push(performance.now() - dueAt)));
    }
    await delay(1);
  }
  await Promise.all(replies);
  agent.destroy();
  return latencies;
}

function send(
  url: string,
  { method, path, headers }: ReturnType<ServedApp["requests"]>[number],
  agent: Agent,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers, agent }, (reply) => {
      if (reply.statusCode !== 200) reject(new Error(`${path}: ${reply.statusCode}`));
      reply.resume();
      reply.once("end", resolve);
    });
    sent.once("error", reject);
    sent.end();
  });
}
