import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { TestAgent } from "../../src/testing/index.ts";
import {
  type AppOptions,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const handleOf = (browser: TestAgent): string => cookieOf(browser).split(".")[1] ?? "";

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => "no error",
    (error) => Reflect.get(error, "code"),
  );

for (const [name, newStore] of everyStore) {
  /** Anna on two devices, Bert on one. */
  async function threeSessions(
    test: TestContext,
    options: AppOptions = {},
  ): Promise<{ app: SessionApp; phone: TestAgent; laptop: TestAgent; bert: TestAgent }> {
    const app = await sessionApp(test, { store: newStore(test), ...options });
    const [phone, laptop, bert] = [app.agent.newBrowser(), app.agent.newBrowser(), app.agent.newBrowser()];
    await app.act((session) => session.signIn("anna"), { by: phone, headers: { "user-agent": "Phone/1" } });
    app.clock.advance("1m");
    await app.act((session) => session.signIn("anna"), { by: laptop, headers: { "user-agent": "Laptop/2" } });
    await bert.signIn("bert");
    return { app, phone, laptop, bert };
  }

  const user = async (app: SessionApp, by: TestAgent) => (await app.data(by)).userId;

  describe(`a user's sessions on a ${name}`, () => {
    it("are listed with where they began, when they were used, when they end, and which is the current one", async (test) => {
      const { app, phone, laptop } = await threeSessions(test);
      const start = app.clock.now();
      app.clock.advance("20m");
      await app.data(phone);
      await app.settle();
      const list = await app.sessions.list("anna", { current: handleOf(laptop) });
      const minutes = (date: Date | undefined) =>
        date === undefined ? undefined : (date.getTime() - start) / 60_000;
      assert.deepEqual(
        list.map((one) => ({
          handle: one.handle,
          created: minutes(one.createdAt),
          seen: minutes(one.lastSeenAt),
          idle: minutes(one.idleExpiresAt),
          absolute: minutes(one.absoluteExpiresAt),
          proven: minutes(one.authenticatedAt),
          current: one.current,
          browser: one.client.userAgent,
          ip: one.client.ip,
        })),
        [
          {
            handle: handleOf(phone),
            created: -1,
            seen: 20,
            idle: 50,
            absolute: 719,
            proven: -1,
            current: false,
            browser: "Phone/1",
            ip: "127.0.0.1",
          },
          {
            handle: handleOf(laptop),
            created: 0,
            seen: 0,
            idle: 30,
            absolute: 720,
            proven: 0,
            current: true,
            browser: "Laptop/2",
            ip: "127.0.0.1",
          },
        ],
      );
    });

    it("are not listed once they are over, idle or absolute, nor are anonymous ones", async (test) => {
      const { app, phone } = await threeSessions(test);
      await app.act(set({ cart: 1 }));
      app.clock.advance("25m");
      await app.data(phone);
      await app.settle();
      app.clock.advance("10m");
      assert.deepEqual(
        (await app.sessions.list("anna")).map(({ handle }) => handle),
        [handleOf(phone)],
      );
      app.clock.advance("12h");
      assert.deepEqual(await app.sessions.list("anna"), []);
    });

    it("are those of the number and its text alike, and of nobody else", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn(7);
      for (const same of [7, "7"]) assert.equal((await app.sessions.list(same)).length, 1);
      for (const other of ["07", " 7", 70, "anna", "__proto__", "'; --", "7\0"])
        assert.deepEqual(await app.sessions.list(other), []);
      for (const wrong of ["", Number.NaN, undefined, null, {}]) {
        assert.equal(await codeOf(app.sessions.list(wrong as string)), "ERR_HOLDFAST_USER");
        assert.equal(await codeOf(app.sessions.revokeUser(wrong as string)), "ERR_HOLDFAST_USER");
      }
    });

    it("give away nothing that works as a cookie", async (test) => {
      const { app, phone } = await threeSessions(test);
      const listed = JSON.stringify(await app.sessions.list("anna"));
      const [, , secret = "", mac = ""] = cookieOf(phone).split(".");
      for (const text of [cookieOf(phone), secret, mac]) assert.equal(listed.includes(text), false);
      const reply = await app.act((session) => session, {
        by: app.agent.newBrowser(),
        headers: { cookie: `${NAME}=${handleOf(phone)}` },
      });
      assert.deepEqual(reply.json(), {});
    });
  });

  describe(`revoking on a ${name}`, () => {
    it("ends one session of the user's, at once, and no other", async (test) => {
      const { app, phone, laptop, bert } = await threeSessions(test);
      app.takeEvents();
      assert.equal(await app.sessions.revoke(handleOf(phone), { user: "anna" }), true);
      assert.deepEqual(await Promise.all([phone, laptop, bert].map((by) => user(app, by))), [
        undefined,
        "anna",
        "bert",
      ]);
      assert.equal(await app.sessions.revoke(handleOf(phone), { user: "anna" }), false, "it is gone");
      assert.deepEqual(
        app.events
          .filter(({ type }) => type === "session_revoked")
          .map((event) => Reflect.get(event, "count")),
        [1],
      );
    });

    it("of another user's handle is false and ends nothing", async (test) => {
      const { app, phone, bert } = await threeSessions(test);
      assert.equal(await app.sessions.revoke(handleOf(phone), { user: "bert" }), false);
      assert.equal(await app.sessions.revoke(handleOf(bert), { user: "anna" }), false);
      assert.deepEqual([await user(app, phone), await user(app, bert)], ["anna", "bert"]);
    });

    it("for a user who is nobody is an error, never everybody's power", async (test) => {
      const { app, phone } = await threeSessions(test);
      for (const nobody of [undefined, null, "", Number.NaN]) {
        assert.equal(
          await codeOf(app.sessions.revoke(handleOf(phone), { user: nobody as string })),
          "ERR_HOLDFAST_USER",
          String(nobody),
        );
      }
      assert.equal(await user(app, phone), "anna");
    });

    it("without a user is an operator's, and takes an anonymous session too", async (test) => {
      const { app, phone } = await threeSessions(test);
      await app.act(set({ cart: 1 }));
      assert.equal(await app.sessions.revoke(handleOf(phone)), true);
      assert.equal(await app.sessions.revoke(handleOf(app.agent)), true);
      assert.deepEqual(await app.data(), {});
    });

    it("of what is no handle is false, whatever it is", async (test) => {
      const { app } = await threeSessions(test);
      for (const handle of [
        "",
        "x",
        "a".repeat(22),
        cookieOf,
        ["a"],
        {},
        null,
        undefined,
        7,
        "a".repeat(10_000),
        "../../etc/passwd",
        "%",
      ]) {
        assert.equal(await app.sessions.revoke(handle as string, { user: "anna" }), false);
        assert.equal(await app.sessions.revoke(handle as string), false);
      }
    });

    it("of a whole user spares the one named, and says how many", async (test) => {
      const { app, phone, laptop, bert } = await threeSessions(test);
      app.takeEvents();
      assert.equal(await app.sessions.revokeUser("anna", { except: handleOf(laptop) }), 1);
      assert.deepEqual(await Promise.all([phone, laptop, bert].map((by) => user(app, by))), [
        undefined,
        "anna",
        "bert",
      ]);
      assert.equal(
        await app.sessions.revokeUser("anna", { except: handleOf(bert) }),
        1,
        "another's handle spares nothing",
      );
      assert.equal(await app.sessions.revokeUser("anna"), 0);
      assert.equal(await user(app, bert), "bert");
      const counts = app.events
        .filter(({ type }) => type === "session_revoked")
        .map((event) => [event.user, Reflect.get(event, "count")]);
      assert.deepEqual(counts, [
        ["anna", 1],
        ["anna", 1],
      ]);
    });

    it("takes effect on every process of the store, whatever it remembers", async (test) => {
      const options = { store: newStore(test), secret: strongSecret() };
      const one = await sessionApp(test, options);
      const two = await sessionApp(test, { ...options, clock: one.clock });
      await one.agent.signIn("anna");
      const there = two.agent.newBrowser();
      there.cookies.set(NAME, cookieOf(one.agent));
      assert.equal(await user(two, there), "anna");
      await one.sessions.revokeUser("anna");
      assert.equal(await user(two, there), undefined);
      await two.act(set({ a: 1 }), { by: there });
      assert.deepEqual(await one.data(), {});
    });
  });
}
