import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { MemoryStore } from "../../src/store/memory.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { NAME, type SessionApp, strongSecret } from "../support/session-app.ts";

const USERS = ["anna", "anna", "bert"] as const;
const GRACE = 30_000;

/** What may happen; `who` is a legacy session, `at` the process that is asked. */
type Act =
  | { readonly type: "comes"; readonly who: number; readonly at: 0 | 1; readonly replyLost: boolean }
  | { readonly type: "goes on" | "signs out"; readonly who: number; readonly at: 0 | 1 }
  | { readonly type: "revokeUser"; readonly user: string; readonly at: 0 | 1 }
  | { readonly type: "revokeAll"; readonly at: 0 | 1 }
  | { readonly type: "time passes" };

const who = fc.nat({ max: USERS.length - 1 });
const at = fc.constantFrom(0 as const, 1 as const);
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("comes" as const), who, at, replyLost: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("goes on" as const), who, at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("signs out" as const), who, at }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("revokeUser" as const), user: fc.constantFrom(...USERS), at }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("revokeAll" as const), at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("time passes" as const) }) },
);

/** What must be true of one legacy session. */
interface Fate {
  over: boolean;
  /** Since when its new cookie is in use. */
  inUseSince: number | undefined;
}

class Life {
  readonly #apps: readonly [SessionApp, SessionApp];
  readonly #legacy: readonly string[];
  readonly #jars: (TestAgent | undefined)[] = [];
  readonly #fates: Fate[] = USERS.map(() => ({ over: false, inUseSince: undefined }));

  constructor(apps: readonly [SessionApp, SessionApp], legacy: readonly string[]) {
    this.#apps = apps;
    this.#legacy = legacy;
  }

  async do(act: Act): Promise<void> {
    switch (act.type) {
      case "comes":
        return this.#comes(act.who, this.#apps[act.at], act.replyLost);
      case "goes on":
        return this.#goesOn(act.who, this.#apps[act.at]);
      case "signs out":
        return this.#signsOut(act.who, this.#apps[act.at]);
      case "revokeUser":
        await this.#apps[act.at].sessions.revokeUser(act.user);
        return this.#end((user) => user === act.user);
      case "revokeAll":
        await this.#apps[act.at].sessions.revokeAll();
        return this.#end(() => true);
      case "time passes":
        this.#apps[0].clock.advance(GRACE);
    }
  }

  async #comes(who: number, app: SessionApp, replyLost: boolean): Promise<void> {
    const browser = visitorWith(app, this.#legacy[who] ?? "");
    const fate = this.#fate(who);
    const isCopy = fate.inUseSince !== undefined && this.#now >= fate.inUseSince + GRACE;
    // Somebody has a copy: the session ends.
    if (isCopy) fate.over = true;
    await this.#sees(app, browser, who);
    if (!replyLost && browser.cookies.has(NAME)) this.#jars[who] = browser;
  }

  async #goesOn(who: number, app: SessionApp): Promise<void> {
    const jar = this.#jars[who];
    if (jar === undefined) return;
    await this.#sees(app, this.#at(app, jar), who);
    this.#fate(who).inUseSince ??= this.#now;
  }

  async #signsOut(who: number, app: SessionApp): Promise<void> {
    const jar = this.#jars[who];
    if (jar === undefined) return;
    await app.act((session) => session.signOut(), { by: this.#at(app, jar) });
    this.#fate(who).over = true;
  }

  async #sees(app: SessionApp, browser: TestAgent, who: number): Promise<void> {
    const { over } = this.#fate(who);
    assert.deepEqual(await app.data(browser), over ? {} : { userId: USERS[who] });
  }

  #at(app: SessionApp, jar: TestAgent): TestAgent {
    const browser = app.agent.newBrowser();
    for (const [name, value] of jar.cookies) browser.cookies.set(name, value);
    return browser;
  }

  // Both processes have the first one's clock.
  get #now(): number {
    return this.#apps[0].clock.now();
  }

  #end(isMeant: (user: string) => boolean): void {
    USERS.forEach((user, who) => {
      if (isMeant(user)) this.#fate(who).over = true;
    });
  }

  #fate(who: number): Fate {
    const fate = this.#fates[who];
    assert(fate !== undefined);
    return fate;
  }
}

async function twoProcesses(test: TestContext): Promise<Life> {
  const old = await legacyApp(test);
  const store = new MemoryStore<unknown>();
  const limits = { renew: false, idle: "90d", anonymousIdle: "90d", absolute: "90d" } as const;
  const options = { ...limits, secret: strongSecret(), store };
  const one = await movingApp(test, old, options);
  const other = await movingApp(test, old, { ...options, clock: one.clock });
  return new Life([one, other], await Promise.all(USERS.map((userId) => old.cookieWith({ userId }))));
}

describe("three sessions that move, whatever happens to them on two processes", () => {
  it("are their users' until they are ended, and nobody's after that", async (test) => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 4, maxLength: 14 }), async (script) => {
        const life = await twoProcesses(test);
        for (const act of script) await life.do(act);
      }),
      { numRuns: 50 },
    );
  });
});
