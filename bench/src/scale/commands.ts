/**
 * What requests cost in operations of the store, commands of Redis and statements of PostgreSQL, counted.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Session, type Sessions, session } from "holdfast";
import type { Store } from "holdfast/store";
import { MemoryStore } from "holdfast/store/memory";
import { PostgresStore } from "holdfast/store/postgres";
import { RedisStore } from "holdfast/store/redis";
import pg from "pg";
import { createClient } from "redis";
import { startPostgres, startRedis } from "test-servers";
import { ask } from "../exchange.ts";
import { profileOf } from "../profile.ts";
import { SECRET } from "../trial.ts";

/** One row of the table. */
export interface CommandCount {
  readonly request: string;
  /** Methods of the store, in their order. */
  readonly operations: readonly string[];
  readonly redis: number;
  readonly postgres: number;
}

interface Counted {
  readonly request: string;
  readonly operations: readonly string[];
  readonly commands: number;
}

/** What is done after the reply is done by then. */
const SETTLED_MS = 60;
const USER = "anna";
const MINUTE = 60_000;

export async function countCommands(): Promise<CommandCount[]> {
  const memory = await countOn(new MemoryStore(), () => 0);
  const redis = await onRedis();
  const postgres = await onPostgres();
  return memory.map(({ request, operations }, index) => ({
    request,
    operations,
    redis: redis[index]?.commands ?? Number.NaN,
    postgres: postgres[index]?.commands ?? Number.NaN,
  }));
}

async function onRedis(): Promise<Counted[]> {
  const server = await startRedis();
  const client = createClient({ url: server.url });
  const count = counting(client, "sendCommand");
  const store = new RedisStore(client);
  await store.open();
  const counted = await countOn(store, count);
  await server.stop();
  return counted;
}

async function onPostgres(): Promise<Counted[]> {
  const server = await startPostgres();
  const pool = new pg.Pool({ connectionString: server.url });
  const count = counting(pool, "query");
  const store = new PostgresStore(pool);
  await store.open();
  const counted = await countOn(store, count);
  await pool.end();
  await server.stop();
  return counted;
}

/** Counts the calls of a method from now on; returns how many there were. */
function counting(target: object, method: string): () => number {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== "function") throw new Error(`no method ${method}`);
  let calls = 0;
  Reflect.set(target, method, (...args: unknown[]) => {
    calls += 1;
    return Reflect.apply(original, target, args);
  });
  return () => calls;
}

async function countOn(store: Store<unknown>, commands: () => number): Promise<Counted[]> {
  const operations: string[] = [];
  let passed = 0;
  const options = {
    secret: SECRET,
    store: noting(store, operations),
    clock: { now: () => Date.now() + passed },
  };
  const sessions = session(options);
  const limited = session({ ...options, name: "limited", maxSessions: 3 });
  const counted: Counted[] = [];
  const count = async (request: string, run: () => Promise<unknown>): Promise<void> => {
    await delay(SETTLED_MS);
    operations.length = 0;
    const before = commands();
    await run();
    await delay(SETTLED_MS);
    counted.push({ request, operations: [...operations], commands: commands() - before });
  };
  const browser = new Browser(sessions);
  const signIn = (of: Browser): Promise<void> =>
    of.send(async (current) => {
      Object.assign(current, { ...profileOf(USER), userId: undefined });
      await current.signIn(USER);
    });

  await count("no cookie", () => new Browser(sessions).send(() => {}));
  await count("sign-in", () => signIn(browser));
  await count("cookie, session not used", () => browser.send(() => {}));
  await count("read", () => browser.send((current) => current.views));
  await count("write", () =>
    browser.send((current) => {
      current.views = 10_001;
    }),
  );
  passed += 4 * MINUTE;
  await count("read, activity to be recorded", () => browser.send((current) => current.views));
  passed += 15 * MINUTE;
  await count("read, another secret is offered", () => browser.send((current) => current.views));
  await count("read, the other secret comes", () => browser.send((current) => current.views));
  await signIn(new Browser(sessions));
  await count("`list` of a user with 2 sessions", () => sessions.list(USER));
  const [other] = await sessions.list(USER);
  await count("`revoke` of one of them", () => sessions.revoke(other?.handle ?? "", { user: USER }));
  await signIn(new Browser(sessions));
  await count("`revokeUser`, 2 sessions", () => sessions.revokeUser(USER));
  await signIn(browser);
  await count("sign-out", () => browser.send((current) => current.signOut()));
  await signIn(new Browser(limited));
  await count("sign-in with `maxSessions`", () => signIn(new Browser(limited)));
  await limited.close();
  await sessions.close();
  return counted;
}

/** The store, noting the names of the methods that are called. */
function noting(store: Store<unknown>, names: string[]): Store<unknown> {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        names.push(String(name));
        return Reflect.apply(member, target, args);
      };
    },
  });
}

type Handler = (current: Session & Record<string, unknown>) => unknown;

/** Keeps the session cookie between requests. */
class Browser {
  readonly #sessions: Sessions;
  #cookie: string | undefined;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  async send(handler: Handler): Promise<void> {
    const respond = (req: IncomingMessage, res: ServerResponse): void => {
      this.#sessions(req, res, async (error) => {
        if (error !== undefined) throw error;
        // Looked at only by handlers that take it.
        if (handler.length > 0) await handler(Reflect.get(req, "session"));
        res.end("done");
      });
    };
    const reply = await ask({ method: "POST", url: "/", cookie: this.#cookie }, respond);
    if (reply.status !== 200) throw new Error(`${reply.status} ${reply.body}`);
    this.#cookie = reply.cookies.at(-1)?.split(";", 1)[0] ?? this.#cookie;
  }
}
