import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf, cookieOf, NAME, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { handleOf, threeSessions } from "../support/three-sessions.ts";

for (const [name, newStore] of everyStore) {
  describe(`a user's sessions on a ${name}`, () => {
    it("are listed with where they began, when they were used, when they end, and which is the current one", async (test) => {
      const { app, phone, laptop } = await threeSessions(test, { store: newStore(test) });
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
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
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
      const { app, phone } = await threeSessions(test, { store: newStore(test) });
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
}
