import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Settling } from "../../../src/session/outage/settling.ts";
import { fakeClock } from "../../../src/testing/index.ts";
import {
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../../support/session-app.ts";
import { type CacheNode, MAX_STALE, Nodes, settled, watched } from "./nodes.ts";

/** Processes with an app each, on one store; all serve from memory. */
async function apps(test: TestContext, count: number) {
  const nodes = new Nodes();
  const clock = fakeClock();
  const secret = strongSecret();
  const start = ({ cache }: CacheNode): Promise<SessionApp> =>
    sessionApp(test, { secret, clock, store: cache });
  const started = await Promise.all((await nodes.serving(count)).map(start));
  /** The same browser, sent to another process. */
  const seenBy = (app: SessionApp, from: SessionApp) => app.data(browserWith(app, cookieOf(from.agent)));
  return { nodes, clock, started, start, seenBy };
}

describe("two apps that cache", () => {
  it("see at once what the other has written", async (test) => {
    const { nodes, started, seenBy } = await apps(test, 2);
    const [one, two] = started as [SessionApp, SessionApp];
    await one.act((session) => session.signIn("ada"));
    for (let visits = 1; visits <= 5; visits++) {
      await one.act(set({ visits }));
      assert.equal((await seenBy(two, one)).visits, visits);
    }
    assert.ok(nodes.all.every(({ cache }) => cache.state.serving));
  });

  const ends: Readonly<Record<string, (app: SessionApp, handle: string) => Promise<unknown>>> = {
    revoke: (app, handle) => app.sessions.revoke(handle),
    revokeUser: (app) => app.sessions.revokeUser("ada"),
    revokeAll: (app) => app.sessions.revokeAll(),
  };

  for (const [name, end] of Object.entries(ends)) {
    it(`accept no session after ${name} has resolved on the other one, though the channel is a black hole`, async (test) => {
      const { nodes, started, seenBy } = await apps(test, 2);
      const [one, two] = started as [SessionApp, SessionApp];
      await two.act((session) => session.signIn("ada"));
      await two.act(set({ cart: ["tea"] }));
      const { id } = (await two.act(({ id }) => ({ id }))).json() as { id: string };
      await seenBy(two, two);
      const browser = browserWith(two, cookieOf(two.agent));
      nodes.network.passes = () => false;
      const ending = watched(end(one, id));
      await settled();
      const meanwhile = await two.data(browser);
      assert.deepEqual(
        [ending.done, meanwhile.cart],
        [false, ["tea"]],
        "the hole is black, and memory serves",
      );
      await nodes.pass(MAX_STALE * 1.1);
      await ending.promise;
      assert.deepEqual(await two.data(browser), {});
    });
  }

  it("lose no write to a memory that is out of date: it is merged with what the store has", async (test) => {
    const { nodes, started } = await apps(test, 2);
    const [one, two] = started as [SessionApp, SessionApp];
    await one.act((session) => session.signIn("ada"));
    const elsewhere = browserWith(two, cookieOf(one.agent));
    await two.data(elsewhere);
    nodes.network.cutOff(1);
    const writing = watched(one.act(set({ tea: 1 })));
    while (nodes.all[0]?.store.calls.at(-1) !== "update") await settled();
    assert.equal((await two.data(elsewhere)).tea, undefined, "out of date");
    const other = watched(two.act(set({ cake: 2 }), { by: elsewhere }));
    while (!(writing.done && other.done)) await nodes.pass(500);
    const { tea, cake } = await one.data();
    assert.deepEqual({ tea, cake }, { tea: 1, cake: 2 });
  });

  it("raise no alarm where a new secret reaches a process before the news of it", async (test) => {
    const { nodes, clock, started, start } = await apps(test, 2);
    const [one, two] = started as [SessionApp, SessionApp];
    await one.act((session) => session.signIn("ada"));
    clock.advance("15m");
    clock.set(clock.now() - 1_000);
    const elsewhere = browserWith(two, cookieOf(one.agent));
    // Activity is recorded first; then it is remembered, a second before renewal is due.
    for (let times = 0; times < 2; times++) {
      await two.data(elsewhere);
      await two.settle();
    }
    assert.equal(nodes.all[1]?.cache.state.entries, 1);
    nodes.network.cutOff(1);
    clock.advance("1s");
    const third = await start(nodes.add());
    const before = cookieOf(one.agent);
    const offered = watched(one.data());
    while (nodes.all[0]?.store.calls.at(-1) !== "update") await settled();
    const browser = browserWith(third, before);
    await third.data(browser);
    const after = cookieOf(browser);
    assert.notEqual(after, before, "a new secret has been offered");
    assert.equal(offered.done, false, "and not everybody knows of it");
    assert.equal(nodes.all[1]?.cache.state.entries, 1);
    await two.act(() => ({}), { by: browserWith(two, after) });
    assert.deepEqual(
      two.takeEvents().filter((type) => type === "session_replayed"),
      [],
    );
    while (!offered.done) await nodes.pass(500);
    assert.equal((await one.sessions.list("ada")).length, 1);
  });
});

describe("the time that a change is given", () => {
  it("is longer by what the store needs to settle it, and a read's is not", () => {
    const { cache } = new Nodes().add({ maxStale: "2s" });
    const settling = new Settling(cache);
    assert.equal(settling.lagsBehind, true);
    for (const operation of ["create", "update", "touch", "delete", "deleteUser", "deleteAll", "deleteByKey"])
      assert.equal(settling.of(operation), cache.capabilities.settlesWithin);
    assert.ok(Number(cache.capabilities.settlesWithin) >= 2_000);
    for (const operation of ["read", "listUser", "userGeneration", "scan", "prune", "countByKey"])
      assert.equal(settling.of(operation), 0);
  });
});
