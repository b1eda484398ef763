import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { storedKeys } from "../../src/keys/index.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { keyOf } from "../support/rotating-apps.ts";
import {
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const MINUTE = 60_000;
const [IDLE, ANONYMOUS_IDLE, ABSOLUTE] = [30 * MINUTE, 15 * MINUTE, 12 * 60 * MINUTE];
const [RENEW, GRACE] = [15 * MINUTE, MINUTE / 2];

interface Session {
  data: Record<string, unknown>;
  seenAt: number;
  endsAt: number;
  /** Since when its secret is in use. */
  since: number;
  /** The browser has been given the next one, and has not come back with it. */
  offered: boolean;
  /** Until when the one before is accepted. */
  graceUntil: number;
}

/** What a visitor's session is, by the book: a few lines, to be compared with the real one. */
class Visitor {
  session: Session | null = null;

  /** A request comes with the browser's own cookie. */
  live(now: number): Session | null {
    const session = this.#within(now);
    if (session?.offered) Object.assign(session, { offered: false, since: now, graceUntil: now + GRACE });
    return session;
  }

  /** The reply to a request that has looked at its session. */
  answered(now: number): void {
    if (this.session !== null && now >= this.session.since + RENEW) this.session.offered = true;
  }

  /** A request comes with the cookie that was the browser's so many cookies ago. */
  replay(ago: number, now: number): Session | null {
    const age = this.session?.offered ? ago - 1 : ago;
    const good = age <= 0 || (age === 1 && this.session !== null && now < this.session.graceUntil);
    if (!good) this.session = null;
    return this.#within(now);
  }

  #within(now: number): Session | null {
    const { session } = this;
    if (session === null) return null;
    const idle = session.data.userId === undefined ? ANONYMOUS_IDLE : IDLE;
    if (now >= session.endsAt || now >= session.seenAt + idle) this.session = null;
    else session.seenAt = now;
    return this.session;
  }

  begin(data: Record<string, unknown>, now: number, endsAt: number = now + ABSOLUTE): void {
    const fresh = { data, seenAt: now, endsAt, since: now, offered: false, graceUntil: 0 };
    this.session = Object.keys(data).length === 0 ? null : fresh;
  }

  write(key: string, value: unknown, now: number): void {
    const session = this.live(now);
    if (session === null) this.begin({ [key]: value }, now);
    else session.data[key] = value;
  }

  assign(user: string, now: number): void {
    if (this.live(now)?.data.userId !== user) this.begin({ userId: user }, now);
  }

  signIn(user: string, now: number): void {
    const session = this.live(now);
    this.begin(session?.data.userId === user ? session.data : { userId: user }, now);
  }

  regenerate(now: number): void {
    const session = this.live(now);
    if (session === null) return;
    const { userId } = session.data;
    if (userId === undefined) this.session = null;
    else this.begin({ userId }, now, session.endsAt);
  }

  end(now: number): void {
    if (this.live(now) !== null) this.session = null;
  }

  leave(now: number): void {
    if (this.live(now)?.data.userId !== undefined) this.session = null;
  }
}

type Step = readonly [act: string, visitor: number, value: string | number];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("write"), fc.nat(2), fc.constantFrom("a", "b")) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom("assign", "signIn"), fc.nat(2), fc.constantFrom("anna", "bert")),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom("read", "plain", "touch"), fc.nat(2), fc.constant(0)) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom("regenerate", "signOut", "destroy", "leave"),
      fc.nat(2),
      fc.constant(0),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("revokeUser"), fc.constant(0), fc.constantFrom("anna", "bert")),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom("rotate"), fc.constant(0), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("revokeKey"), fc.nat(2), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom("replay"), fc.nat(2), fc.integer({ min: 1, max: 3 })) },
  {
    weight: 5,
    arbitrary: fc.tuple(
      fc.constantFrom("wait"),
      fc.constant(0),
      fc.constantFrom(
        1,
        GRACE - 1,
        MINUTE,
        2 * MINUTE,
        14 * MINUTE,
        16 * MINUTE,
        IDLE - 1,
        IDLE,
        3 * 60 * MINUTE,
      ),
    ),
  },
);

const acts: Record<string, Parameters<SessionApp["act"]>[0]> = {
  read: (session) => session.userId,
  touch: (session) => void session.touch(),
  regenerate: (session) => session.regenerate({ keep: ["userId"] }),
  signOut: (session) => session.signOut(),
  destroy: (session) => session.destroy(),
  leave: (session) => {
    delete session.userId;
  },
};

/** A browser, what its session is by the book, and every cookie it has had. */
class Client {
  readonly visitor: Visitor = new Visitor();
  readonly cookies: string[] = [];
  readonly browser: TestAgent;

  constructor(browser: TestAgent) {
    this.browser = browser;
  }

  noteCookie(): void {
    const cookie = this.browser.cookies.get(NAME);
    if (cookie !== undefined && cookie !== this.cookies.at(-1)) this.cookies.push(cookie);
  }

  /** The cookies that its present session has had, latest first; of one that was signed anew only the latest. */
  get ofThisSession(): string[] {
    const handle = handleIn(this.browser.cookies.get(NAME));
    const bySecret = new Map<string | undefined, string>();
    for (const cookie of this.cookies.toReversed()) {
      if (handleIn(cookie) !== handle || bySecret.has(secretIn(cookie))) continue;
      bySecret.set(secretIn(cookie), cookie);
    }
    return [...bySecret.values()];
  }

  /** The key that the store counts its session under, and the key of what the browser holds. */
  get keys(): (string | undefined)[] {
    const [held, before] = this.ofThisSession;
    return [held, this.visitor.session?.offered ? before : held].map((cookie) => cookie && keyOf(cookie));
  }

  /** The cookies of sessions that it has left. */
  get ofOthers(): string[] {
    const handle = handleIn(this.browser.cookies.get(NAME));
    return this.cookies.filter((cookie) => handleIn(cookie) !== handle);
  }
}

const handleIn = (cookie: string | undefined) => cookie?.split(".")[1];
const secretIn = (cookie: string) => cookie.split(".")[2];

/** @param eager - true if the store's sessions are loaded for every request, looked at or not */
async function play(
  [act, at, value]: Step,
  app: SessionApp,
  clients: readonly Client[],
  eager: boolean,
): Promise<void> {
  const now = app.clock.now();
  const client = clients[at];
  assert.ok(client !== undefined);
  const { browser: by, visitor } = client;
  if (act === "wait") {
    app.clock.advance(Number(value));
    await app.sessions.keys.list();
  } else if (act === "rotate") {
    await app.sessions.keys.rotate();
  } else if (act === "revokeKey") {
    const [, key] = client.keys;
    if (key === undefined || visitor.session === null) return;
    const ended = clients.filter(({ keys }) => keys.includes(key));
    await app.sessions.keys.revoke(key);
    for (const { visitor } of ended) visitor.session = null;
  } else if (act === "revokeUser") {
    await app.sessions.revokeUser(value);
    for (const { visitor } of clients) if (visitor.session?.data.userId === value) visitor.session = null;
  } else if (act === "plain") {
    await by.get("/plain");
    await app.settle();
    visitor.live(now);
    if (eager) visitor.answered(now);
  } else if (act === "replay") {
    const cookie = client.ofThisSession[Number(value)];
    if (cookie === undefined) return;
    const expected = visitor.replay(Number(value), now)?.data ?? {};
    assert.deepEqual(await app.data(browserWith(app, cookie)), expected, "a cookie of before");
  } else {
    if (act === "write") {
      await app.act(set({ [value]: now }), { by });
      visitor.write(String(value), now, now);
    } else if (act === "assign") {
      await app.act(set({ userId: value }), { by });
      visitor.assign(String(value), now);
    } else if (act === "signIn") {
      await app.act((session) => session.signIn(value), { by });
      visitor.signIn(String(value), now);
    } else {
      await app.act(acts[act] ?? (() => {}), { by });
      if (act === "regenerate") visitor.regenerate(now);
      else if (act === "leave") visitor.leave(now);
      else if (act === "read" || act === "touch") visitor.live(now);
      else visitor.end(now);
    }
    visitor.answered(now);
  }
  client.noteCookie();
}

describe("whatever visitors do, and however long they wait, sessions do as the book says", () => {
  for (const [name, newStore] of everyStore) {
    it(`on a ${name}`, async (test) => {
      const store = newStore(test);
      const secret = storedKeys({ secret: strongSecret(), rotate: "30d", propagation: "1h" });
      const app = await sessionApp(test, { store, secret });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), async (steps) => {
          const clients = [0, 1, 2].map(() => new Client(app.agent.newBrowser()));
          for (const one of steps) await play(one, app, clients, !store.capabilities.sync);
          for (const [index, { browser, visitor, ofOthers }] of clients.entries()) {
            for (const cookie of ofOthers) {
              assert.deepEqual(
                await app.data(browserWith(app, cookie)),
                {},
                "an id that was replaced is dead",
              );
            }
            const expected = visitor.live(app.clock.now())?.data ?? {};
            assert.deepEqual(await app.data(browser), expected, `visitor ${index}`);
            if (expected.userId === undefined) continue;
            await app.settle();
            const handle = handleIn(cookieOf(browser));
            const listed = (await app.sessions.list(String(expected.userId))).map(
              (session) => session.handle,
            );
            assert.ok(listed.includes(handle ?? ""), "listed");
          }
          for (const user of ["anna", "bert"]) await app.sessions.revokeUser(user);
        }),
        { numRuns: 60 },
      );
    });
  }
});
