import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { HoldfastError, session } from "../../src/index.ts";
import type { Store } from "../../src/store/contract.ts";
import {
  browserWith,
  cookieOf,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

const [OLD, NEW, NEWEST] = [strongSecret(), strongSecret(), strongSecret()];

for (const [name, newStore] of everyStore) {
  describe(`rotating the secret on a ${name}`, () => {
    /** The same deployment after a restart with these secrets. */
    const restart = (
      test: TestContext,
      store: Store<unknown>,
      secret: string[],
      clock?: SessionApp["clock"],
    ) => sessionApp(test, { store, secret, ...(clock !== undefined && { clock }) });

    async function begun(
      test: TestContext,
    ): Promise<{ store: Store<unknown>; cookie: string; clock: SessionApp["clock"] }> {
      const store = newStore(test);
      const app = await restart(test, store, [OLD]);
      await app.agent.signIn("anna", { data: { cart: [1] } });
      return { store, cookie: cookieOf(app.agent), clock: app.clock };
    }

    it("logs nobody out: the old cookie works, and is answered with the same id under the new key", async (test) => {
      const { store, cookie, clock } = await begun(test);
      const app = await restart(test, store, [NEW, OLD], clock);
      const browser = browserWith(app, cookie);
      assert.deepEqual(await app.data(browser), { cart: [1], userId: "anna" });
      const renewed = cookieOf(browser);
      const [oldParts, newParts] = [cookie.split("."), renewed.split(".")];
      assert.notEqual(newParts[0], oldParts[0]);
      assert.notEqual(newParts[3], oldParts[3]);
      assert.deepEqual(newParts.slice(1, 3), oldParts.slice(1, 3));
      assert.deepEqual((await app.act((session) => session, { by: browser })).setCookie, [], "once");
      assert.deepEqual(await app.data(browser), { cart: [1], userId: "anna" });
    });

    it("keeps requests going that still carry the old cookie, many at once, and loses no write", async (test) => {
      const { store, cookie, clock } = await begun(test);
      const app = await restart(test, store, [NEW, OLD], clock);
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          app.act(set({ [`k${i}`]: i }), { by: browserWith(app, cookie) }),
        ),
      );
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
      const data = await app.data(browserWith(app, cookie));
      assert.equal(Object.keys(data).filter((key) => key.startsWith("k")).length, 20);
      const values = new Set(
        replies.flatMap(({ setCookie }) => setCookie.map((header) => header.split(";", 1)[0])),
      );
      assert.equal(values.size, 1, "whoever is re-signed gets the same cookie");
    });

    it("then without the old key: who was re-signed stays, who was not is out", async (test) => {
      const { store, cookie, clock } = await begun(test);
      const both = await restart(test, store, [NEW, OLD], clock);
      const stays = browserWith(both, cookie);
      const leaves = both.agent.newBrowser();
      await both.data(stays);
      const other = await restart(test, store, [OLD], clock);
      await other.agent.signIn("bert");
      leaves.cookies.set("__Host-session", cookieOf(other.agent));
      const app = await restart(test, store, [NEW], clock);
      assert.deepEqual(await app.data(browserWith(app, cookieOf(stays))), { cart: [1], userId: "anna" });
      assert.deepEqual(await app.data(browserWith(app, cookieOf(leaves))), {});
      assert.deepEqual(
        await app.data(browserWith(app, cookie)),
        {},
        "the old cookie of the one who stays is worth nothing now",
      );
      assert.ok(app.events.every(({ type }) => type === "session_forged"));
    });

    it("goes on, key after key", async (test) => {
      const { store, cookie, clock } = await begun(test);
      let current = cookie;
      for (const secrets of [[NEW, OLD], [NEWEST, NEW, OLD], [NEWEST, NEW], [NEWEST], [OLD, NEWEST], [OLD]]) {
        const app = await restart(test, store, secrets, clock);
        const browser = browserWith(app, current);
        await app.act(set({ step: secrets.length }), { by: browser });
        assert.deepEqual(
          await app.data(browser),
          { cart: [1], userId: "anna", step: secrets.length },
          String(secrets.length),
        );
        current = cookieOf(browser);
      }
    });

    it("lists and revokes a user's sessions under every key in use", async (test) => {
      const { store, cookie, clock } = await begun(test);
      const app = await restart(test, store, [NEW, OLD], clock);
      await app.agent.signIn("anna");
      assert.equal((await app.sessions.list("anna")).length, 2);
      const handle = cookie.split(".")[1] ?? "";
      assert.equal(await app.sessions.revoke(handle, { user: "bert" }), false);
      assert.equal(await app.sessions.revokeUser("anna"), 2);
      for (const value of [cookie, cookieOf(app.agent)])
        assert.deepEqual(await app.data(browserWith(app, value)), {});
    });

    it("re-signs no one whose reply has begun, and does not lose what it wrote", async (test) => {
      const { store, cookie, clock } = await begun(test);
      const app = await restart(test, store, [NEW, OLD], clock);
      const browser = browserWith(app, cookie);
      const reply = await app.act(
        (session, _req, res) => {
          res.flushHeaders();
          session.late = true;
          res.end();
        },
        { by: browser },
      );
      assert.equal(reply.status, 200);
      assert.equal((await app.data(browser)).late, true);
    });

    it("leaves alone who was never here: a cookie under a key that only has the right name", async (test) => {
      const { store, cookie, clock } = await begun(test);
      const app = await restart(test, store, [NEW], clock);
      const [, ...rest] = cookie.split(".");
      await app.agent.signIn("bert");
      const named = [cookieOf(app.agent).split(".")[0], ...rest].join(".");
      assert.deepEqual(await app.data(browserWith(app, named)), {});
    });
  });
}

describe("the secret option", () => {
  it("takes no secret that is weak, wherever it stands in the list", () => {
    for (const secret of [
      "short",
      "keyboard cat".repeat(4),
      ["", OLD],
      [OLD, "short"],
      [OLD, OLD],
      [],
      [null],
      7,
      {},
      Buffer.alloc(64),
    ]) {
      assert.throws(
        () => session({ secret } as never),
        (error) => {
          assert.ok(error instanceof HoldfastError);
          assert.match(error.code, /^ERR_HOLDFAST_(?:SECRET_WEAK|SECRET_MISSING|OPTION)$/);
          for (const text of ["short", "keyboard", OLD])
            assert.equal(error.message.includes(text) && text !== "short", false);
          return true;
        },
      );
    }
  });
});
