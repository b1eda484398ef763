import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { describe, type TestContext } from "node:test";
import { type LegacyStore, legacyStore } from "../support/legacy-store.ts";
import {
  itInBoth,
  type LegacyOptions,
  type Library,
  type ServedApp,
  serveLegacy,
} from "../support/side-by-side.ts";

type Secret = LegacyOptions["secret"];

function serve(test: TestContext, library: Library, secret: Secret, store?: LegacyStore): Promise<ServedApp> {
  return serveLegacy(test, library, { secret: secret as never, ...(store && { store }) }, (req, res) => {
    if (req.url === "/login") req.session.user = "anna";
    res.end(String(req.session.user));
  });
}

describe("A secret", () => {
  const long = "x".repeat(200);
  const kinds: Readonly<Record<string, Secret>> = {
    "a short string": "x",
    "a long string": long,
    "text beyond ASCII": "schlüssel 🔑",
    "a Buffer": randomBytes(32),
    "a long Buffer": randomBytes(100),
    "a KeyObject": createSecretKey(randomBytes(32)),
    "a list": ["new", "old"],
  };
  for (const [kind, secret] of Object.entries(kinds)) {
    itInBoth(`signs and verifies: ${kind}`, async (test, library) => {
      const { agent } = await serve(test, library, secret);
      await agent.get("/login");
      assert.equal((await agent.get("/")).text, "anna");
    });
  }

  itInBoth("of another app verifies nothing", async (test, library) => {
    const store = legacyStore(library);
    const ours = await serve(test, library, "ours", store);
    const theirs = await serve(test, library, "theirs", store);
    await ours.agent.get("/login");
    theirs.agent.cookies.set("connect.sid", ours.agent.cookies.get("connect.sid") ?? "");
    store.calls.length = 0;
    assert.equal((await theirs.agent.get("/")).text, "undefined");
    assert.deepEqual(store.calls, [], "and the store is not asked");
  });

  itInBoth("that is first in a list signs, all of them verify", async (test, library) => {
    const store = legacyStore(library);
    const [oldest, rotating, newest] = await Promise.all(
      ["old", ["new", "old"], "new"].map((secret) => serve(test, library, secret, store)),
    );
    assert.ok(oldest && rotating && newest);
    await oldest.agent.get("/login");
    const old = oldest.agent.cookies.get("connect.sid") ?? "";
    rotating.agent.cookies.set("connect.sid", old);
    assert.equal((await rotating.agent.get("/")).text, "anna");

    const fresh = rotating.agent.newBrowser();
    await fresh.get("/login");
    newest.agent.cookies.set("connect.sid", fresh.cookies.get("connect.sid") ?? "");
    assert.equal((await newest.agent.get("/")).text, "anna");
    oldest.agent.cookies.set("connect.sid", fresh.cookies.get("connect.sid") ?? "");
    assert.equal((await oldest.agent.get("/")).text, "undefined");
  });

  itInBoth("may be left on the request, as cookie-parser does", async (test, library) => {
    const { agent } = await serveLegacy(
      test,
      library,
      { secret: undefined as never },
      (req, res) => {
        req.session.n = Number(req.session.n ?? 0) + 1;
        res.end(String(req.session.n));
      },
      {
        before: (req) => {
          req.secret = "of the request";
        },
      },
    );
    await agent.get("/");
    assert.equal((await agent.get("/")).text, "2");
  });

  itInBoth("that is nowhere is an error at the request", async (test, library) => {
    const { agent, errors } = await serve(test, library, undefined);
    assert.equal((await agent.get("/")).status, 500);
    assert.deepEqual(errors, ["secret option required for sessions"]);
  });

  itInBoth("list that is empty is an error at start", (_test, library) => {
    assert.throws(() => library({ secret: [] }), /secret option array must contain one or more/);
  });
});
