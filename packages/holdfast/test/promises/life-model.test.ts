import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TestAgent } from "../../src/testing/index.ts";
import { cookieOf, NAME, type SessionApp, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const MINUTE = 60_000;
const [IDLE, ANONYMOUS_IDLE, ABSOLUTE] = [30 * MINUTE, 15 * MINUTE, 12 * 60 * MINUTE];

interface Session {
  data: Record<string, unknown>;
  seenAt: number;
  endsAt: number;
}

/** What a visitor's session is, by the book: a few lines, to be compared with the real one. */
class Visitor {
  session: Session | null = null;

  live(now: number): Session | null {
    const { session } = this;
    if (session === null) return null;
    const idle = session.data.userId === undefined ? ANONYMOUS_IDLE : IDLE;
    if (now >= session.endsAt || now >= session.seenAt + idle) this.session = null;
    else session.seenAt = now;
    return this.session;
  }

  begin(data: Record<string, unknown>, now: number, endsAt: number = now + ABSOLUTE): void {
    this.session = Object.keys(data).length === 0 ? null : { data, seenAt: now, endsAt };
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
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constantFrom("wait"),
      fc.constant(0),
      fc.constantFrom(1, MINUTE, 2 * MINUTE, 14 * MINUTE, 16 * MINUTE, IDLE - 1, IDLE, 3 * 60 * MINUTE),
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

async function play(
  [act, at, value]: Step,
  app: SessionApp,
  browsers: readonly TestAgent[],
  visitors: readonly Visitor[],
): Promise<void> {
  const now = app.clock.now();
  const [by, visitor] = [browsers[at], visitors[at]];
  assert.ok(by !== undefined && visitor !== undefined);
  if (act === "wait") app.clock.advance(Number(value));
  else if (act === "revokeUser") {
    await app.sessions.revokeUser(value);
    for (const one of visitors) if (one.session?.data.userId === value) one.session = null;
  } else if (act === "plain") {
    await by.get("/plain");
    await app.settle();
    visitor.live(now);
  } else if (act === "write") {
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
}

describe("whatever visitors do, and however long they wait, sessions do as the book says", () => {
  for (const [name, newStore] of everyStore) {
    it(`on a ${name}`, async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
          const browsers = [0, 1, 2].map(() => app.agent.newBrowser());
          const visitors = browsers.map(() => new Visitor());
          const dead = new Set<string>();
          for (const one of steps) {
            const before = browsers.map((browser) => browser.cookies.get(NAME));
            await play(one, app, browsers, visitors);
            browsers.forEach((browser, index) => {
              const cookie = before[index];
              if (cookie !== undefined && browser.cookies.get(NAME) !== cookie) dead.add(cookie);
            });
          }
          for (const [index, browser] of browsers.entries()) {
            const expected = visitors[index]?.live(app.clock.now())?.data ?? {};
            assert.deepEqual(await app.data(browser), expected, `visitor ${index}`);
            if (expected.userId === undefined) continue;
            await app.settle();
            const handle = cookieOf(browser).split(".")[1];
            const listed = (await app.sessions.list(String(expected.userId))).map(
              (session) => session.handle,
            );
            assert.ok(listed.includes(handle ?? ""), "listed");
          }
          for (const cookie of dead) {
            const replayer = app.agent.newBrowser();
            replayer.cookies.set(NAME, cookie);
            assert.deepEqual(await app.data(replayer), {}, "an id that was replaced is dead");
          }
          for (const user of ["anna", "bert"]) await app.sessions.revokeUser(user);
        }),
        { numRuns: 40 },
      );
    });
  }
});
