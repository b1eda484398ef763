import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isFresh, requireFreshSignIn } from "../../../src/guards/index.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { browserWith, cookieOf, sessionApp } from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

const HERE = { "user-agent": "curl/8.11.0" };
const THIEF = { "user-agent": "Wget/1.25.0" };

describe('a client that onRisk says must "reauthenticate", while the store can be read and not written', () => {
  for (const sync of [true, false]) {
    it(`passes no guard of what was proved after waiting (store sync: ${sync})`, async (test) => {
      const store = new WatchedStore({ inner: new MemoryStore(), sync });
      const app = await sessionApp(test, { store, onRisk: () => "reauthenticate" });
      await app.act((session) => session.signIn("anna", { level: 2 }), { headers: HERE });
      const thief = browserWith(app, cookieOf(app.agent));
      store.fail("update", new Error("disk full"));
      const guard = requireFreshSignIn("100d");
      const at = await app.act((_s, req, res) => guard(req, res, () => void res.send("in")), {
        by: thief,
        headers: THIEF,
      });
      assert.equal(at.status, 403);
      const later = await app.act(
        async (session, req, res) => {
          void session.userId;
          app.clock.advance("2s"); // a slow body
          guard(req, res, () => void res.send("in"));
          await new Promise((resolve) => res.on("close", resolve));
        },
        { by: thief, headers: THIEF },
      );
      assert.notEqual(later.text, "in");
      assert.equal(later.status, 403);
    });

    it(`nor after reload() (store sync: ${sync})`, async (test) => {
      const store = new WatchedStore({ inner: new MemoryStore(), sync });
      const app = await sessionApp(test, { store, onRisk: () => "reauthenticate" });
      await app.act((session) => session.signIn("anna", { level: 2 }), { headers: HERE });
      const thief = browserWith(app, cookieOf(app.agent));
      store.fail("update", new Error("disk full"));
      const reply = await app.act(
        async (session) => {
          const before = isFresh(session as never, "100d");
          await session.reload();
          return { before, after: isFresh(session as never, "100d"), level: session.level };
        },
        { by: thief, headers: THIEF },
      );
      assert.deepEqual(reply.json(), { before: false, after: false, level: 0 });
    });
  }
});
