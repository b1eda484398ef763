/**
 * A write of data leaves the header where it is, a touch leaves the data: whatever comes between, what is stored must open
 * for a process that knows nothing of it.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { deploymentOf } from "../../src/express/session.ts";
import { requireUser } from "../../src/guards/index.ts";
import { editHeader } from "../../src/session/record/edit-header.ts";
import type { Store } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  type Handler,
  handleIn,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { sharedFile } from "../support/shared-file.ts";
import { socketApp } from "../support/socket-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const IDLE = 30 * 60_000;
const TOUCH = IDLE / 10;
const isActivity = (req: { url?: string | undefined }) => !req.url?.includes("?poll");
const poll = { query: "?poll" };

/** Processes on one store, with one clock. */
class Processes {
  readonly first: SessionApp;
  readonly #start: () => Promise<SessionApp>;

  private constructor(first: SessionApp, start: () => Promise<SessionApp>) {
    this.first = first;
    this.#start = start;
  }

  static async start(test: TestContext, open: () => Store, options: AppOptions = {}): Promise<Processes> {
    const secret = strongSecret();
    const first = await sessionApp(test, { secret, store: open(), renew: false, ...options });
    return new Processes(first, () =>
      sessionApp(test, { secret, store: open(), renew: false, ...options, clock: first.clock }),
    );
  }

  another(): Promise<SessionApp> {
    return this.#start();
  }

  /** What the session holds for a process that has just begun. */
  async stored(): Promise<Record<string, unknown>> {
    const process = await this.another();
    const data = await process.data(browserWith(process, cookieOf(this.first.agent)));
    assert.deepEqual(process.takeEvents(), []);
    return data;
  }

  /** A request of the first's browser to another of them. */
  async visit(process: SessionApp, handler: Handler): Promise<void> {
    await process.act(handler, { by: browserWith(process, cookieOf(this.first.agent)) });
    await process.settle();
  }
}

/** What the app does while it handles a request that waits, and a guard has the session read again. */
function guarded(app: SessionApp, during: () => Promise<void>, then: Handler): Handler {
  return async (session, req, res) => {
    void session.userId;
    await during();
    app.clock.advance("2s");
    await new Promise<void>((resolve, reject) =>
      requireUser()(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error))),
    );
    return then(session, req, res);
  };
}

/** Resolves once the store has the user's activity; a socket's is recorded by nobody's request. */
async function recorded(app: SessionApp, at: number): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    const [session] = await app.sessions.list("anna");
    if (session?.lastSeenAt.getTime() === at) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail("activity was not recorded");
}

describe("data that is written beside a header that stays", () => {
  for (const writtenBefore of [false, true]) {
    const when = writtenBefore ? "older than the data" : "as old as the data";
    it(`opens after a touch that came between the read and a guard, where the header was ${when}`, async (test) => {
      const processes = await Processes.start(test, sharedFile(test));
      const { first } = processes;
      const other = await processes.another();
      await first.agent.signIn("anna");
      if (writtenBefore) await first.act(set({ before: true }));
      first.clock.advance(TOUCH);
      const touch = () => processes.visit(other, (session) => void session.userId);
      await first.act(guarded(first, touch, set({ after: true })));
      assert.deepEqual(await processes.stored(), {
        userId: "anna",
        ...(writtenBefore && { before: true }),
        after: true,
      });
    });
  }

  it("opens when a socket that was opened with the previous id has written it", async (test) => {
    const open = sharedFile(test);
    const secret = strongSecret();
    const app = await socketApp(test, { secret, store: open(), renew: "10m", renewGrace: "5m" });
    const other = await sessionApp(test, {
      secret,
      store: open(),
      clock: app.clock,
      renew: "10m",
      renewGrace: "5m",
    });
    const previous = await app.signIn();
    app.clock.advance("10m");
    const current = await app.request(previous, (session) => void session?.id);
    assert.notEqual(current, previous);
    await app.request(current, (session) => void Object.assign(session ?? {}, { before: true }));
    await app.open({ cookie: previous });
    const [admitted] = app.admitted;
    assert.ok(admitted?.session);
    app.clock.advance(TOUCH);
    const browser = browserWith(other, current.split("=")[1] ?? "");
    await other.data(browser);
    await other.settle();
    Object.assign(admitted.session, { after: true });
    await admitted.session.save();
    const data = await other.data(browser);
    assert.deepEqual(data, { userId: "anna", before: true, after: true });
  });

  it("opens after an edit by its handle alone", async (test) => {
    const processes = await Processes.start(test, sharedFile(test));
    const { first } = processes;
    await first.agent.signIn("anna");
    const { core } = deploymentOf(first.sessions);
    const handle = handleIn(cookieOf(first.agent));
    for (let round = 1; round <= 3; round++) {
      await first.act(set({ round }));
      const edited = await editHeader(
        core,
        handle,
        () => 0,
        { report: () => undefined },
        ({ header }) => ({
          header: { ...header, cookieLife: round },
          result: "edited",
        }),
      );
      assert.equal(edited, "edited");
      assert.deepEqual(await processes.stored(), { userId: "anna", round });
    }
  });

  it("opens after its session has locked, and been unlocked elsewhere", async (test) => {
    const processes = await Processes.start(test, sharedFile(test), { onIdle: "lock" });
    const { first } = processes;
    await first.agent.signIn("anna");
    await first.act(set({ before: true }));
    first.clock.advance(IDLE);
    const other = await processes.another();
    const by = browserWith(other, cookieOf(first.agent));
    assert.deepEqual(await other.data(by), {});
    await other.act((session) => session.pend("otp", 1, "5m"), { by });
    await other.act((session) => session.signIn("anna"), { by });
    assert.deepEqual(await other.data(by), { userId: "anna", before: true });
    assert.ok(!other.takeEvents().includes("session_unreadable"));
  });

  it("opens after a socket has recorded activity", async (test) => {
    const open = sharedFile(test);
    const secret = strongSecret();
    const app = await socketApp(test, { secret, store: open(), renew: false });
    const other = await sessionApp(test, { secret, store: open(), renew: false, clock: app.clock });
    const cookie = await app.signIn();
    const browser = browserWith(other, cookie.split("=")[1] ?? "");
    await app.open({ cookie });
    for (let round = 1; round <= 3; round++) {
      await other.act(set({ round }), { by: browser });
      app.clock.advance(TOUCH);
      app.admitted[0]?.touch();
      await recorded(other, app.clock.now());
      const fresh = await sessionApp(test, { secret, store: open(), renew: false, clock: app.clock });
      const data = await fresh.data(browserWith(fresh, cookie.split("=")[1] ?? ""));
      assert.deepEqual(data, { userId: "anna", round });
    }
  });

  it("brings along what was judged of its client and could not be stored", async (test) => {
    const store = new WatchedStore({ sync: true });
    const app = await sessionApp(test, { store, renew: false, onRisk: () => "notify" });
    const from = (userAgent: string) => ({ headers: { "user-agent": userAgent } });
    await app.act((session) => session.signIn("anna"), from("curl/8"));
    store.fail("update", new Error("down"));
    await app.act((session) => {
      void session.userId;
      store.fail("update", undefined);
      session.a = 1;
    }, from("wget/1"));
    assert.equal((await app.sessions.list("anna"))[0]?.client.latest?.userAgent, "wget/1");
  });
});

/** How processes come by their store: to a file each has a connection of its own. */
const stores: Readonly<Record<string, (test: TestContext) => () => Store>> = {
  "memory store": () => {
    const store = new MemoryStore();
    return () => store;
  },
  "SQLite store": sharedFile,
};

describe("data and header of a random life", () => {
  const steps = fc.constantFrom(
    "write",
    "write there",
    "read there",
    "guard",
    "guard, touched",
    "guard, written",
    "elevate",
    "pend",
    "prove anew",
    "new id",
    "poll",
  );
  const lives = fc.array(fc.tuple(steps, fc.constantFrom(1, 1000, TOUCH / 2 - 1, TOUCH / 2, TOUCH)), {
    minLength: 2,
    maxLength: 12,
  });

  for (const [name, storesFor] of Object.entries(stores)) {
    it(`open together for each process, in a ${name}`, async (test) => {
      await fc.assert(
        fc.asyncProperty(lives, async (life) => {
          const processes = await Processes.start(test, storesFor(test), { isActivity });
          const { first } = processes;
          const other = await processes.another();
          const expected: Record<string, unknown> = { userId: "anna" };
          await first.agent.signIn("anna");
          let count = 0;
          const next = (): Record<string, unknown> => {
            count += 1;
            const data = { [`key${count % 3}`]: count };
            Object.assign(expected, data);
            return data;
          };
          for (const [step, wait] of life) {
            first.clock.advance(wait);
            if (step === "write") await first.act(set(next()));
            if (step === "write there") await processes.visit(other, set(next()));
            if (step === "read there") await processes.visit(other, (session) => void session.userId);
            if (step === "guard") await first.act(guarded(first, async () => undefined, set(next())));
            if (step === "guard, touched") {
              const touch = () => processes.visit(other, (session) => void session.userId);
              await first.act(guarded(first, touch, set(next())));
            }
            if (step === "guard, written") {
              const mine = next();
              await first.act(guarded(first, () => processes.visit(other, set(next())), set(mine)));
            }
            if (step === "pend") await first.act((session) => session.pend("otp", count, "5m"));
            if (step === "elevate") await first.act((session) => session.elevate({ level: 2 }));
            if (step === "prove anew")
              await first.act((session) => session.signIn("anna", { keep: ["key0", "key1", "key2"] }));
            if (step === "new id")
              await first.act((session) => session.regenerate({ keep: ["userId", "key0", "key1", "key2"] }));
            if (step === "poll") await first.act(set(next()), poll);
            await first.settle();
            assert.deepEqual(await processes.stored(), expected);
          }
          assert.ok(!first.takeEvents().includes("session_unreadable"));
          assert.ok(!other.takeEvents().includes("session_unreadable"));
        }),
        { numRuns: 30, includeErrorInReport: true },
      );
    });
  }
});
