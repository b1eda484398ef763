import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEGACY_NAME, legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { gate } from "../support/renewals.ts";
import { cookieOf, NAME, set } from "../support/session-app.ts";

const GRACE = 30_000;

describe("a legacy cookie", () => {
  it("is good until the new one has been presented: a reply that is lost locks nobody out", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const lost = visitorWith(app, legacy);
    await app.act(set({ step: 1 }), { by: lost });

    const again = visitorWith(app, legacy);
    assert.deepEqual(await app.data(again), { userId: "anna", step: 1 });
    assert.equal(cookieOf(again), cookieOf(lost), "the same new cookie");
    assert.equal(again.cookies.has(LEGACY_NAME), false);
    app.clock.advance("14m");
    const later = visitorWith(app, legacy);
    assert.deepEqual(await app.data(later), { userId: "anna", step: 1 });
  });

  it("is good for requests under way when the new one is presented, and brings them no other", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const browser = visitorWith(app, legacy);
    await app.data(browser);
    await app.data(browser);

    app.clock.advance(GRACE - 1);
    const late = visitorWith(app, legacy);
    assert.deepEqual(await app.data(late), { userId: "anna" });
    assert.equal(late.cookies.has(NAME), false);
    assert.equal(late.cookies.has(LEGACY_NAME), false);
    assert.deepEqual(await app.data(browser), { userId: "anna" });
  });

  it("is a replay after that, which ends the session: somebody has a copy", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const browser = visitorWith(app, legacy);
    await app.data(browser);
    await app.data(browser);
    app.clock.advance(GRACE);
    app.takeEvents();

    const thief = visitorWith(app, legacy);
    assert.deepEqual(await app.data(thief), {});
    assert.equal(thief.cookies.size, 0);
    assert.deepEqual(app.takeEvents(), ["session_replayed", "legacy_session_refused"]);
    assert.deepEqual(await app.data(browser), {});
  });

  it("brings back nothing that was signed out", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const browser = visitorWith(app, legacy);
    await app.act((session) => session.signOut(), { by: browser });
    assert.equal(browser.cookies.size, 0, "both cookies are deleted");

    for (const wait of [1, 60_000, 86_400_000]) {
      app.clock.advance(wait);
      const replay = visitorWith(app, legacy);
      assert.deepEqual(await app.data(replay), {});
      assert.equal(replay.cookies.size, 0);
    }
  });

  it("brings back nothing, even if the legacy record is there again", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const browser = visitorWith(app, legacy);
    // A request to an old process that began before writes its session back, as express-session does.
    const [began, ended] = [gate(), gate()];
    const slow = old.act(
      (session) => {
        session.late = true;
        began.release();
        return ended.open;
      },
      visitorWith(app, legacy),
    );
    await began.open;
    await app.act((session) => session.signOut(), { by: browser });
    ended.release();
    await slow;
    assert.equal(await old.records(), 1);

    assert.deepEqual(await app.data(visitorWith(app, legacy)), {});
    assert.equal(await old.records(), 0, "and it is deleted again");
  });

  it("is nothing under another secret, without its signature, or with a changed id", async (test) => {
    const old = await legacyApp(test, { secret: "another" });
    const app = await movingApp(test, old);
    const legacy = await old.cookieWith({ userId: "anna" });
    const right = await legacyApp(test, { store: old.store });
    const good = await right.cookieWith({ userId: "bert" });
    const tampered = [
      legacy,
      good.slice(0, -1),
      `${good}A`,
      good.replace("s%3A", "s%3Ax"),
      good.replace("s%3A", ""),
      good.split(".")[0] ?? "",
      "",
      "s%3A.",
      "%",
      `s%3A${"x".repeat(5_000)}`,
    ];
    for (const value of tampered) assert.deepEqual(await app.data(visitorWith(app, value)), {}, value);
    assert.equal(await old.records(), 2, "nothing was moved or deleted");
    assert(app.takeEvents().every((type) => type === "legacy_session_refused"));
    assert.deepEqual(await app.data(visitorWith(app, good)), { userId: "bert" });
  });

  it("is accepted under each of several secrets", async (test) => {
    const older = await legacyApp(test, { secret: "older" });
    const newer = await legacyApp(test, { secret: ["newer", "older"], store: older.store });
    const app = await movingApp(test, older, { migrate: { secrets: ["newer", "older"] } });
    for (const side of [older, newer]) {
      const browser = visitorWith(app, await side.cookieWith({ userId: "anna" }));
      assert.deepEqual(await app.data(browser), { userId: "anna" });
    }
  });

  it("is not looked at any more once `until` has come", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old, { migrate: { until: "2026-01-02" } });
    const [early, late] = [
      await old.cookieWith({ userId: "anna" }),
      await old.cookieWith({ userId: "bert" }),
    ];
    app.clock.advance(86_400_000 - 1);
    assert.deepEqual(await app.data(visitorWith(app, early)), { userId: "anna" });
    app.clock.advance(1);
    const browser = visitorWith(app, late);
    assert.deepEqual(await app.data(browser), {});
    assert.equal(browser.cookies.get(LEGACY_NAME), late);
    assert.equal(await old.records(), 1);
  });

  it("counts where a cookie of ours came with it that is over", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    await app.act(set({ userId: "anna" }));
    const dead = cookieOf(app.agent);
    await app.act((session) => session.signOut());
    const browser = visitorWith(app, await old.cookieWith({ userId: "bert" }));
    browser.cookies.set(NAME, dead);
    assert.deepEqual(await app.data(browser), { userId: "bert" });
    assert.notEqual(cookieOf(browser), dead);
    assert.deepEqual(await app.data(browser), { userId: "bert" });
  });

  it("does not count beside a session of ours", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    await app.act(set({ userId: "anna" }));
    app.agent.cookies.set(LEGACY_NAME, await old.cookieWith({ userId: "bert" }));
    assert.deepEqual(await app.data(), { userId: "anna" });
    assert.equal(await old.records(), 1);
  });

  it("is ambiguous where two sessions come at once: neither is taken, and neither ended", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const [one, other] = [await old.cookieWith({ userId: "anna" }), await old.cookieWith({ userId: "bert" })];
    const cookie = `${LEGACY_NAME}=${one}; ${LEGACY_NAME}=${other}`;
    const reply = await app.act((session) => session, { headers: { cookie } });
    assert.deepEqual(reply.json(), {});
    assert.equal(await old.records(), 2);
    const beside = `${LEGACY_NAME}=s%3Aforged.x; ${LEGACY_NAME}=${one}; ${LEGACY_NAME}=${one}`;
    const taken = await app.act((session) => session, { headers: { cookie: beside } });
    assert.deepEqual(taken.json(), { userId: "anna" });
  });

  it("is not ambiguous beside one whose session is over", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const [over, alive] = [
      await old.cookieWith({ userId: "anna" }),
      await old.cookieWith({ userId: "bert" }),
    ];
    await app.act((session) => session.signOut(), { by: visitorWith(app, over) });
    const cookie = `${LEGACY_NAME}=${over}; ${LEGACY_NAME}=${alive}`;
    const reply = await app.act((session) => session, { headers: { cookie } });
    assert.deepEqual(reply.json(), { userId: "bert" });
  });

  it("brings no new one to a request beside which another has signed its visitor in", async (test) => {
    const old = await legacyApp(test);
    const app = await movingApp(test, old);
    const browser = visitorWith(app, await old.cookieWith({ cart: [1] }));
    const beside = visitorWith(app, browser.cookies.get(LEGACY_NAME) ?? "");
    const [began, signedIn] = [gate(), gate()];
    const slow = app.act(
      async () => {
        began.release();
        await signedIn.open;
      },
      { by: beside },
    );
    await began.open;
    await app.act((session) => session.signIn("anna"), { by: browser });
    signedIn.release();
    const { setCookie } = await slow;
    assert.deepEqual(setCookie, [], "the browser has a later one by now");
  });
});
