import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { browserWith, codeOf, cookieOf, meanwhile, sessionApp, set } from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

for (const [name, newStore] of everyStore) {
  describe(`update() on a ${name}`, () => {
    it("counts every time, however many do it at once", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      const one = () =>
        app.act((session) =>
          session.update((s) => {
            s.n = Number(s.n ?? 0) + 1;
          }),
        );
      await Promise.all(Array.from({ length: 20 }, one));
      assert.equal((await app.data()).n, 20);
    });

    it("waits for a change that waits, runs it on the newest data, and may run it again", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { n: 1 } });
      let runs = 0;
      await app.act(async (session) => {
        await meanwhile(app, set({ n: 10 }));
        await session.update(async (s) => {
          runs++;
          const n = Number(s.n);
          if (runs === 1) await meanwhile(app, set({ n: 100 }));
          s.n = n + 1;
        });
      });
      assert.deepEqual([(await app.data()).n, runs], [101, 2]);
    });

    it("takes along what the request had changed before, and shows it to the change", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna", { data: { gone: 1 } });
      const reply = await app.act(async (session) => {
        session.mine = 1;
        delete session.gone;
        await meanwhile(app, set({ theirs: 1 }));
        let seen: unknown;
        await session.update((s) => {
          seen = { ...s };
          s.updated = 1;
        });
        return seen;
      });
      assert.deepEqual(reply.json(), { mine: 1, theirs: 1, userId: "anna" });
      assert.deepEqual(await app.data(), { mine: 1, theirs: 1, updated: 1, userId: "anna" });
    });

    it("takes a change that answers with any thenable, as query builders do", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(set({ n: 1 }));
      const reply = await app.act((session) =>
        session.update((newest) => {
          newest.n = 2;
          // biome-ignore lint/suspicious/noThenProperty: that is the point
          return { then: (resolve: () => void) => resolve() };
        }),
      );
      assert.equal(reply.status, 200);
      assert.deepEqual(await app.data(), { n: 2 });
    });

    it("that the store refuses changes nothing, also when the app goes on", async (test) => {
      const store = new WatchedStore({ inner: newStore(test) });
      const app = await sessionApp(test, { store });
      await app.agent.signIn("anna");
      const reply = await app.act(async (session) => {
        store.fail("update", new Error("gone"));
        const code = await codeOf(session.update(set({ paid: true })));
        store.fail("update", undefined);
        return { code, paid: session.paid ?? null };
      });
      assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE", paid: null });
      assert.deepEqual(await app.data(), { userId: "anna" });
    });

    it("has saved once it has resolved, a new session too", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act((session) => session.update(set({ first: 1 })));
      const reply = await app.act(async (session) => {
        await session.update(set({ second: 2 }));
        return app.data(browserWith(app, cookieOf(app.agent)));
      });
      assert.deepEqual(reply.json(), { first: 1, second: 2 });
    });

    it("of a session that has ended says so, runs nothing, and brings nothing back", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.agent.signIn("anna");
      let ran = false;
      const reply = await app.act(async (session) => {
        await app.sessions.revokeUser("anna");
        return {
          code: await codeOf(
            session.update(() => {
              ran = true;
            }),
          ),
        };
      });
      assert.deepEqual(
        [reply.json(), ran, reply.setCookie],
        [{ code: "ERR_HOLDFAST_SESSION_ENDED" }, false, []],
      );
      assert.deepEqual(await app.data(), {});
    });

    it("whose change throws changes nothing of it, and keeps what the request had before", async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      for (const signedIn of [false, true]) {
        if (signedIn) await app.agent.signIn("anna");
        const reply = await app.act(async (session) => {
          session.before = [1];
          const error = await session
            .update((s) => {
              s.half = "done";
              (s.before as number[]).push(2);
              throw new Error("no");
            })
            .catch((error) => error.message);
          return { error, half: session.half ?? null };
        });
        assert.deepEqual(reply.json(), { error: "no", half: null });
        assert.deepEqual(await app.data(), { before: [1], ...(signedIn && { userId: "anna" }) });
      }
    });
  });
}
