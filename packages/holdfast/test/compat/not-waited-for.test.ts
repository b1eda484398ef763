import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../support/legacy-store.ts";
import {
  idOf,
  type LegacyHandler,
  type LegacySession,
  libraries,
  outcomeOf,
  serveLegacy,
  settle,
  sideBySide,
} from "../support/side-by-side.ts";

const { compat } = libraries;

/** What apps do without a callback, or without waiting for it. */
describe("A session that is destroyed while its first save is under way", () => {
  it("does not stay in the store", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const held = store.hold("set");
      const { agent } = await serveLegacy(test, library, { store }, async (req, res) => {
        req.session.user = "anna";
        req.session.save();
        const destroyed = new Promise((resolve) => req.session.destroy(resolve));
        await settle();
        held.release();
        await destroyed;
        res.end();
      });
      await agent.get("/");
      await settle();
      return store.rows.size;
    });
    assert.deepEqual(outcome, { expressSession: 1, compat: 0 });
  });
});

describe("save() of a session that was destroyed before it was ever stored", () => {
  it("stores nothing, and says so", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store }, async (req, res) => {
        const { session } = req;
        session.user = "anna";
        await new Promise((resolve) => session.destroy(resolve));
        const error = await new Promise((resolve) => session.save(resolve));
        res.end(String(Reflect.get(Object(error), "code")));
      });
      return [(await agent.get("/")).text, store.rows.size];
    });
    assert.deepEqual(outcome.expressSession, ["undefined", 1]);
    assert.deepEqual(outcome.compat, ["ERR_HOLDFAST_SESSION_ENDED", 0]);
  });
});

describe("destroy() without a callback", () => {
  const handler: LegacyHandler = (req, res) => {
    if (req.url === "/sign-in") req.session.user = "anna";
    if (req.url !== "/sign-out") return res.end(String(req.session.user));
    req.session.destroy();
    res.writeHead(302, { Location: "/" }).end();
  };

  it("is over before the browser can follow the redirect", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store }, handler);
      await agent.get("/sign-in");
      const held = store.hold("destroy");
      let hasReply = false;
      const signOut = agent.get("/sign-out").then(() => {
        hasReply = true;
      });
      await held.reached;
      // Whoever has no reply after so long will not have one before the store has answered.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const user = hasReply ? (await agent.get("/")).text : undefined;
      held.release();
      await signOut;
      return user ?? (await agent.get("/")).text;
    });
    assert.deepEqual(outcome, { expressSession: "anna", compat: "undefined" });
  });

  it("does not wait for the callback of a store whose destroy() takes none and returns a promise", async (test) => {
    const store = legacyStore(compat);
    store.destroy = async (id: string) => void store.rows.delete(id);
    const { agent } = await serveLegacy(test, compat, { store, strict: true } as object, handler);
    await agent.get("/sign-in");
    assert.equal((await agent.get("/sign-out")).status, 302);
    assert.equal(store.rows.size, 0);
  });

  for (const strict of [false, true]) {
    it(`that fails is ${strict ? "an error" : "nothing to the reply"} where strict is ${strict}`, async (test) => {
      const store = legacyStore(compat);
      const { agent, errors } = await serveLegacy(test, compat, { store, strict } as object, handler);
      await agent.get("/sign-in");
      store.fail("destroy", new Error("the disk is gone"));
      const outcome = await outcomeOf(agent.get("/sign-out"));
      assert.equal(outcome, strict ? "500 the app's error page" : "302 ");
      assert.deepEqual(errors, strict ? ["the disk is gone"] : []);
    });
  }
});

describe("regenerate() that nobody waits for", () => {
  it("leaves the browser a cookie of a session that is stored", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(test, library, { store, saveUninitialized: true }, (req, res) => {
        const session: LegacySession = req.session;
        if (req.url === "/new-id") session.regenerate(() => undefined);
        res.end();
      });
      await agent.get("/");
      const first = idOf(agent);
      await agent.get("/new-id");
      await settle();
      return { isNew: idOf(agent) !== first, isStored: store.rows.has(idOf(agent)) };
    });
    assert.deepEqual(outcome.expressSession, { isNew: false, isStored: false });
    assert.deepEqual(outcome.compat, { isNew: true, isStored: true });
  });
});

describe("regenerate() on a store whose async destroy() is rejected", () => {
  it("fails with that error", async (test) => {
    const store = legacyStore(compat);
    store.destroy = async () => {
      throw new Error("the disk is gone");
    };
    const { agent } = await serveLegacy(test, compat, { store }, async (req, res) => {
      const error = await new Promise((resolve) => req.session.regenerate(resolve));
      res.end(String(error));
    });
    assert.equal((await agent.get("/")).text, "Error: the disk is gone");
  });
});
