import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deploymentOf } from "../../src/express/session.ts";
import { MemoryStore, type ProfileName } from "../../src/index.ts";
import { cookieOf, type SessionApp, sessionApp, set } from "../support/session-app.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What each profile is documented to set; what its standard leaves open keeps the default. */
const LIMITS: Readonly<Record<ProfileName, readonly [idle: number, absolute: number, anonymous: number]>> = {
  "owasp-low": [20 * MINUTE, 6 * HOUR, 15 * MINUTE],
  "owasp-high-value": [3 * MINUTE, 6 * HOUR, 3 * MINUTE],
  "nist-aal1": [30 * MINUTE, 30 * DAY, 15 * MINUTE],
  "nist-aal2": [HOUR, DAY, 15 * MINUTE],
  "nist-aal3": [15 * MINUTE, 12 * HOUR, 15 * MINUTE],
  "pci-dss": [15 * MINUTE, 12 * HOUR, 15 * MINUTE],
};

const PROFILES = Object.entries(LIMITS) as [ProfileName, (typeof LIMITS)[ProfileName]][];

/** When the session ends, without activity and in any case, in milliseconds from `start`. */
async function ends(app: SessionApp, start: number): Promise<{ idle: number; absolute: number }> {
  const reply = await app.act(({ times }) => ({
    idle: Number(times?.idleExpiresAt) - start,
    absolute: Number(times?.absoluteExpiresAt) - start,
  }));
  return reply.json() as { idle: number; absolute: number };
}

/** Uses the session as seldom as its idle limit allows, until `end`. */
async function useUntil(app: SessionApp, end: number, idle: number): Promise<void> {
  while (app.clock.now() + idle - 1 < end) {
    app.clock.advance(idle - 1);
    assert.equal((await app.data()).userId, "anna");
  }
  app.clock.set(end);
}

for (const [profile, [idle, absolute, anonymous]] of PROFILES) {
  describe(`the profile ${profile}`, () => {
    it("ends a session at its idle limit, not before, and deletes it", async (test) => {
      const store = new MemoryStore();
      const app = await sessionApp(test, { profile, store });
      await app.agent.signIn("anna");
      const handle = cookieOf(app.agent).split(".")[1] ?? "";
      app.clock.advance(idle - 1);
      assert.equal((await app.data()).userId, "anna");
      app.clock.advance(idle);
      assert.deepEqual(await app.data(), {});
      await app.settle();
      assert.equal(store.read(handle, 0), null, "at no time is there a record");
    });

    it("ends a session at its absolute limit, not before, and deletes it with the next pruning", async (test) => {
      const store = new MemoryStore();
      const app = await sessionApp(test, { profile, store });
      await app.agent.signIn("anna");
      const handle = cookieOf(app.agent).split(".")[1] ?? "";
      await useUntil(app, app.clock.now() + absolute - 1, idle);
      assert.equal((await app.data()).userId, "anna");
      app.clock.advance(1);
      assert.deepEqual(await app.data(), {});
      await deploymentOf(app.sessions).upkeep.run();
      assert.equal(store.read(handle, 0), null, "at no time is there a record");
    });

    it("moves the idle limit alone with activity, and both with a re-authentication", async (test) => {
      const app = await sessionApp(test, { profile });
      const start = app.clock.now();
      await app.agent.signIn("anna");
      const step = idle - 1;
      app.clock.advance(step);
      await app.data();
      assert.deepEqual(await ends(app, start), { idle: step + idle, absolute });
      app.clock.advance(step);
      await app.act(set({ userId: "anna" }));
      assert.deepEqual(await ends(app, start), { idle: 2 * step + idle, absolute }, "assigning is none");
      await app.act((session) => session.signIn("anna"));
      assert.deepEqual(await ends(app, start), { idle: 2 * step + idle, absolute: 2 * step + absolute });
      await useUntil(app, start + 2 * step + absolute - 1, idle);
      assert.equal((await app.data()).userId, "anna");
      app.clock.advance(1);
      assert.deepEqual(await app.data(), {});
    });

    it("ends a session without a user sooner, or as soon", async (test) => {
      const app = await sessionApp(test, { profile });
      await app.act(set({ cart: 1 }));
      app.clock.advance(anonymous - 1);
      assert.deepEqual(await app.data(), { cart: 1 });
      app.clock.advance(anonymous);
      assert.deepEqual(await app.data(), {});
    });
  });
}

describe("an option beside a profile", () => {
  it("takes the place of the profile's number, and of that alone", async (test) => {
    const app = await sessionApp(test, { profile: "nist-aal2", idle: "5m", anonymousIdle: "1m" });
    const start = app.clock.now();
    await app.agent.signIn("anna");
    assert.deepEqual(await ends(app, start), { idle: 5 * MINUTE, absolute: DAY });
    const { limits, profile } = app.sessions.policy();
    assert.deepEqual([profile, limits.anonymousIdle.text], ["nist-aal2", "1m"]);
    const longer = await sessionApp(test, { profile: "owasp-high-value", absolute: "9h" });
    await longer.agent.signIn("anna");
    assert.deepEqual(await ends(longer, start), { idle: 3 * MINUTE, absolute: 9 * HOUR });
  });

  it("that shortens the absolute limit shortens what was not written down", async (test) => {
    const app = await sessionApp(test, { profile: "nist-aal2", absolute: "10m" });
    const { idle, anonymousIdle } = app.sessions.policy().limits;
    assert.deepEqual([idle.text, anonymousIdle.text], ["10m", "10m"]);
  });

  it("leaves cookie.maxAge to the cookie, where the profile or the app says how long a session may be idle", async (test) => {
    const cookie = { maxAge: "6h" } as const;
    const cases = [
      [{ profile: "owasp-low" }, "20m", "15m"],
      [{ profile: "nist-aal1", idle: "1h" }, "1h", "15m"],
      [{ profile: "nist-aal1" }, "6h", "6h"],
      [{ idle: "1h" }, "1h", "15m"],
      [{}, "6h", "6h"],
    ] as const;
    for (const [options, idle, anonymous] of cases) {
      const { limits } = (await sessionApp(test, { ...options, cookie })).sessions.policy();
      assert.deepEqual([limits.idle.text, limits.anonymousIdle.text], [idle, anonymous]);
    }
  });

  it("is needed for a cookie that is to outlive the absolute limit: the app does not start without", async (test) => {
    const cookie = { maxAge: "7d" } as const;
    await assert.rejects(sessionApp(test, { profile: "owasp-low", cookie }), {
      code: "ERR_HOLDFAST_COOKIE_OPTION",
    });
    const longer = await sessionApp(test, { profile: "owasp-low", absolute: "7d", cookie });
    assert.equal(longer.sessions.policy().cookie.maxAge?.text, "7d");
    const cut = await sessionApp(test, { profile: "pci-dss", cookie });
    assert.equal(cut.sessions.policy().cookie.maxAge?.text, "12h");
    assert.match(cut.warnings.join(), /shortened/);
  });
});
