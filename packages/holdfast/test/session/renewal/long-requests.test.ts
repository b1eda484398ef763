import assert from "node:assert/strict";
import { it } from "node:test";
import { due, GRACE, gate, given, MINUTE } from "../../support/renewals.ts";
import { browserWith, cookieOf } from "../../support/session-app.ts";
import { everyStore } from "../../support/stores.ts";

// A long poll of more than `renew` (a minute at the least; 90 s with the profile "owasp-high-value").
for (const [name, newStore] of everyStore) {
  it(`a long request's reply does not bring a secret that was replaced while it ran, on a ${name}`, async (test) => {
    const { app, first } = await due(test, { store: newStore(test), renew: "1m" });
    // A reply with the offer was lost, or another tab has just had it: a long poll begins with the offer out.
    await app.data(browserWith(app, first));
    const [arrived, go] = [gate(), gate()];
    const { agent } = app;
    agent.cookies.set("__Host-session", first);
    const poll = app.act(async (session) => {
      void session.userId;
      arrived.release();
      await go.open;
    });
    await arrived.open;
    await app.data(); // offered the second
    await app.data(); // presented
    await app.clock.advance(MINUTE);
    await app.data(); // offered the third
    const third = cookieOf(agent);
    await app.data(); // presented
    await app.clock.advance(GRACE);
    go.release();
    const reply = await poll;
    assert.deepEqual(
      given(reply.setCookie).filter((one) => one !== third),
      [],
    );
    await app.clock.advance(1);
    assert.equal((await app.data()).userId, "anna", app.takeEvents().join());
  });

  it(`nor where it saved at its beginning, on a ${name}`, async (test) => {
    const { app, first } = await due(test, { store: newStore(test), renew: "1m" });
    const [arrived, go] = [gate(), gate()];
    const { agent } = app;
    agent.cookies.set("__Host-session", first);
    const poll = app.act(async (session) => {
      session.job = 1;
      await session.save();
      arrived.release();
      await go.open;
    });
    await arrived.open;
    await app.data();
    await app.data();
    await app.clock.advance(MINUTE);
    await app.data();
    const third = cookieOf(agent);
    await app.data();
    await app.clock.advance(GRACE);
    go.release();
    const reply = await poll;
    assert.deepEqual(
      given(reply.setCookie).filter((one) => one !== third),
      [],
    );
    assert.equal((await app.data()).userId, "anna", app.takeEvents().join());
  });
}
