import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../src/index.ts";
import type { Store } from "../../src/store/contract.ts";
import { type AppSession, sessionApp, set } from "../support/session-app.ts";

// Verbs that the app calls as code written for express-session does: without waiting, or several at once.

/** The memory store as if it lay across a network: every answer takes a turn of the event loop. */
function remote(store: MemoryStore<unknown>): Store<unknown> {
  return new Proxy<Store<unknown>>(store, {
    get(target, name) {
      if (name === "capabilities") return { ...target.capabilities, location: "shared", sync: false };
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]): Promise<unknown> => {
        await new Promise(setImmediate);
        return Reflect.apply(method, target, args);
      };
    },
  });
}

/** Fails whatever ends a session. */
class Undeletable extends MemoryStore<unknown> {
  override delete(): never {
    throw new Error("cannot delete");
  }
}

for (const [where, wrap] of [
  ["memory", (store: MemoryStore<unknown>): Store<unknown> => store],
  ["a store across a network", remote],
] as const) {
  describe(`a verb that is not awaited, on ${where}`, () => {
    it("and fails is not followed by a success, nor by an unhandled rejection", async (test) => {
      const unhandled: unknown[] = [];
      const listen = (error: unknown): void => void unhandled.push(error);
      process.on("unhandledRejection", listen);
      test.after(() => process.off("unhandledRejection", listen));
      for (const verb of ["destroy", "signOut", "regenerate"] as const) {
        const app = await sessionApp(test, { store: wrap(new Undeletable()) });
        await app.agent.signIn("anna");
        const reply = await app.act((session: AppSession) => {
          void session[verb]();
          return "done";
        });
        assert.equal(reply.status, 503, verb);
        assert.deepEqual(reply.setCookie, [], verb);
      }
      await new Promise(setImmediate);
      assert.deepEqual(unhandled, []);
    });

    it("and whose failure the app handles leaves the reply to the app", async (test) => {
      const app = await sessionApp(test, { store: wrap(new Undeletable()) });
      await app.agent.signIn("anna");
      const reply = await app.act((session: AppSession) =>
        session.destroy().then(
          () => "ended",
          () => "still here",
        ),
      );
      assert.deepEqual([reply.status, reply.json()], [200, "still here"]);
    });
  });

  describe(`several verbs at once, on ${where}`, () => {
    it("make one session, whichever they are", async (test) => {
      const acts: readonly ((session: AppSession) => Promise<unknown>)[] = [
        (session) => Promise.all([session.signIn("anna"), session.signIn("anna")]),
        (session) => {
          session.userId = "anna";
          return Promise.all([session.save(), session.save()]);
        },
        (session) => {
          session.a = 1;
          return Promise.all([session.save(), session.signIn("anna")]);
        },
      ];
      for (const act of acts) {
        const store = new MemoryStore<unknown>();
        const app = await sessionApp(test, { store: wrap(store) });
        await app.act(act);
        assert.equal(store.size, 1);
      }
    });

    it("do not bring back what the last of them has ended", async (test) => {
      const store = new MemoryStore<unknown>();
      const app = await sessionApp(test, { store: wrap(store) });
      await app.act((session: AppSession) => {
        session.a = 1;
        void session.save();
        return session.destroy();
      });
      assert.equal(store.size, 0);
    });

    it("lose nothing that is written meanwhile", async (test) => {
      const app = await sessionApp(test, { store: wrap(new MemoryStore<unknown>()) });
      await app.agent.signIn("anna");
      await app.act(async (session: AppSession) => {
        const updating = session.update((newest) => {
          newest.n = 1;
        });
        session.other = 1;
        await updating;
        const saving = session.save();
        session.late = 1;
        await saving;
      });
      const { userId, ...data } = await app.data();
      assert.equal(userId, "anna");
      assert.deepEqual(data, { n: 1, other: 1, late: 1 });
    });
  });

  describe(`a session that is revoked while a request regenerates it, on ${where}`, () => {
    const acts: Readonly<
      Record<string, (session: AppSession, revoke: () => Promise<unknown>) => Promise<unknown>>
    > = {
      "before, by keep": async (session, revoke) => {
        await revoke();
        await session.regenerate({ keep: ["userId"] }).catch(() => undefined);
      },
      "before, by assigning": async (session, revoke) => {
        const { userId } = session;
        await revoke();
        await new Promise((resolve) => session.regenerate(resolve));
        session.userId = userId;
      },
      "between regenerate and the reply": async (session, revoke) => {
        await session.regenerate({ keep: ["userId"] });
        await revoke();
      },
    };
    for (const [when, act] of Object.entries(acts)) {
      it(`stays ended: ${when}`, async (test) => {
        const store = new MemoryStore<unknown>();
        const app = await sessionApp(test, { store: wrap(store) });
        await app.agent.signIn("anna");
        await app.act(set({ seen: true }));
        await app.act(async (session: AppSession) => {
          await act(session, () => app.sessions.revokeUser("anna"));
          return "done";
        });
        assert.deepEqual(await app.sessions.list("anna"), []);
        assert.equal((await app.data()).userId, undefined);
      });
    }
  });
}
