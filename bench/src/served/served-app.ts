import { AskedProcess } from "../asked-process.ts";
import { headersOf } from "../exchange.ts";
import { userName } from "../profile.ts";
import { LOGIN_URL } from "../scenarios.ts";
import type { Listening, Order, Page, Used } from "./protocol.ts";

/** So many are signed in at each server. */
export const USERS = 64;

/** What a client of the server without sessions sends, so that its requests have the same size. */
const SOME_COOKIE = `connect.sid=s%3A${"c".repeat(76)}`;

/** A running server, as its clients see it. */
export class ServedApp {
  readonly url: string;
  /** Node's version there. */
  readonly version: string;
  readonly #process: AskedProcess<Order, Used>;
  #cookies: readonly string[] = [];

  private constructor(asked: AskedProcess<Order, Used>, { port, version }: Listening) {
    this.#process = asked;
    this.url = `http://127.0.0.1:${port}`;
    this.version = version;
  }

  /**
   * @param module - its server's
   * @param node - the `node` that it runs on
   */
  static async start(module: URL, task: unknown, node: string): Promise<ServedApp> {
    const { asked, first } = await AskedProcess.start<Order, Used, Listening>(module, task, node);
    return new ServedApp(asked, first);
  }

  /** Signs so many users in, whose cookies requests carry in turn. */
  async signIn(users: number): Promise<void> {
    const cookies: string[] = [];
    for (let i = 0; i < users; i++) {
      const reply = await fetch(`${this.url}${LOGIN_URL}${userName(i)}`, {
        method: "POST",
        headers: headersWith(undefined),
      });
      await reply.text();
      const set = reply.headers.getSetCookie().map((cookie) => cookie.split(";", 1)[0]);
      cookies.push(set.length === 0 ? SOME_COOKIE : set.join("; "));
    }
    this.#cookies = cookies;
  }

  /** Requests for a page, one for each user. */
  requests(page: Page): { method: "GET" | "POST"; path: string; headers: Record<string, string> }[] {
    const method = page === "write" ? "POST" : "GET";
    return this.#cookies.map((cookie) => ({ method, path: `/${page}`, headers: headersWith(cookie) }));
  }

  /** Does something and tells what it took the server. */
  async measure<Result>(
    watch: boolean,
    work: () => Promise<Result>,
  ): Promise<{ result: Result; used: Used }> {
    await this.#process.ask({ type: "begin", watch });
    const result = await work();
    return { result, used: await this.#process.ask({ type: "end" }) };
  }

  stop(): Promise<void> {
    return this.#process.end();
  }
}

/** What a browser sends, by way of a proxy that ends TLS. */
export function headersWith(cookie: string | undefined): Record<string, string> {
  const { connection: _connection, ...headers } = headersOf({ method: "GET", url: "/", cookie });
  return { ...(headers as Record<string, string>), "x-forwarded-proto": "https" };
}
