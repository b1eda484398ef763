import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import { MINUTE, RENEW, read } from "../../support/renewals.ts";
import { browserWith, cookieOf, sessionApp, strongSecret } from "../../support/session-app.ts";
import { everyStore } from "../../support/stores.ts";
import { WatchedStore } from "../../support/watched-store.ts";

for (const [name, newStore] of everyStore) {
  describe(`activity and renewal on a ${name}`, () => {
    // The touch leaves the version as it is, so an offer made from what was read before the touch overwrites it.
    it("an offer does not undo the activity that its own request has recorded", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      await app.clock.advance(25 * MINUTE);
      // A handler that awaits anything: the activity is recorded meanwhile.
      await app.act(() => app.settle());
      await app.settle();
      const [summary] = await app.sessions.list("anna");
      await app.clock.advance(6 * MINUTE);
      assert.equal(
        (await app.data()).userId,
        "anna",
        `6 minutes after a page view: ${app.takeEvents().join()}`,
      );
      assert.equal(summary?.lastSeenAt.getTime(), app.clock.now() - 6 * MINUTE);
    });

    it("nor that of others while it ran", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      await app.clock.advance(RENEW);
      await app.act(async () => {
        for (let i = 0; i < 5; i++) {
          await app.clock.advance(5 * MINUTE);
          await app.agent.get("/plain");
          await app.settle();
        }
      });
      await app.clock.advance(6 * MINUTE);
      assert.equal((await app.data()).userId, "anna", `6 minutes after: ${app.takeEvents().join()}`);
    });

    it("one process ends no session early because its secret was renewed", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      await app.clock.advance(13 * MINUTE);
      await app.data();
      await app.settle();
      await app.clock.advance(2 * MINUTE);
      await app.data(); // offered; active at 15:00, recorded: 13:00
      await app.settle();
      await app.clock.advance(29 * MINUTE);
      assert.equal((await app.data()).userId, "anna", `29 minutes after: ${app.takeEvents().join()}`);
    });
  });
}

describe("pend and the activity of its own request", () => {
  for (const [name, newStore] of everyStore) {
    it(`are both kept on a ${name}`, async (test) => {
      const app = await sessionApp(test, { store: newStore(test), renew: false });
      await app.agent.signIn("anna");
      await app.clock.advance(25 * MINUTE);
      await app.act((session) => session.pend("otp", 1, "1m"));
      await app.settle();
      await app.settle();
      const [summary] = await app.sessions.list("anna");
      assert.equal(summary?.lastSeenAt.getTime(), app.clock.now());
    });
  }

  it("also where the touch lands between pend's read and its write", async (test) => {
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, renew: false });
    await app.agent.signIn("anna");
    await app.clock.advance(25 * MINUTE);
    const held = store.hold("update");
    const running = app.act((session) => session.pend("otp", 1, "1m"));
    await held.reached;
    await app.settle();
    await app.settle();
    held.release();
    await running;
    const [summary] = await app.sessions.list("anna");
    assert.equal(summary?.lastSeenAt.getTime(), app.clock.now());
  });
});

it("activity that was recorded before an offer is known to the other process", async (test) => {
  const inner = new MemoryStore();
  const secret = strongSecret();
  const one = await sessionApp(test, { store: inner, secret });
  await one.agent.signIn("anna");
  await one.clock.advance(25 * MINUTE);
  await one.act(() => one.settle());
  await one.settle();
  const two = await sessionApp(test, { store: inner, secret, clock: one.clock });
  await one.clock.advance(6 * MINUTE);
  const reply = await two.act(read, { by: browserWith(two, cookieOf(one.agent)) });
  assert.equal((reply.json() as { userId?: string }).userId, "anna", two.takeEvents().join());
});
