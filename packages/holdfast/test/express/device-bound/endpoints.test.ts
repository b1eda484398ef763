import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../../src/store/memory.ts";
import {
  BOUND,
  boundBrowser,
  deviceApp,
  handleInName,
  offerTo,
  register,
  takeEvents,
} from "../../support/device-app.ts";
import { jws, newDeviceKey, refreshProof, registrationProof } from "../../support/device-keys.ts";

describe("A browser that registers", () => {
  it("needs no cookie, origin or Fetch Metadata", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const { challenge, id } = await offerTo(app.browser());
    const bare = app.browser();
    const proof = registrationProof(newDeviceKey(), challenge, id);
    const reply = await bare.raw("/device-bound/register?x=1", "POST", { "secure-session-response": proof });
    assert.equal(reply.status, 200);
    assert.equal(reply.headers["cache-control"], "no-store");
    const config = JSON.parse(reply.text);
    assert.equal(config.session_identifier, id);
    assert.deepEqual(config.credentials, [
      { type: "cookie", name: BOUND, attributes: "Path=/; Secure; HttpOnly; SameSite=Lax" },
    ]);
    assert.match(
      reply.setCookie.join(),
      /^__Host-session-bound=[\w.-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
  });

  const flaws: readonly (readonly [string, number, (challenge: string, id: string) => string | undefined])[] =
    [
      ["no proof", 400, () => undefined],
      ["too long a proof", 400, () => "x".repeat(8193)],
      ["another challenge", 403, (_, id) => registrationProof(newDeviceKey(), "c".repeat(43), id)],
      ["another session", 403, (challenge) => registrationProof(newDeviceKey(), challenge, "h".repeat(22))],
      [
        "a path for a session",
        403,
        (challenge) => registrationProof(newDeviceKey(), challenge, "../../etc/passwd"),
      ],
      [
        "another audience",
        403,
        (challenge, authorization) => {
          const key = newDeviceKey();
          return jws(
            key,
            { alg: "ES256", typ: "dbsc+jwt", jwk: key.jwk },
            { jti: challenge, authorization, aud: "https://evil.example/" },
          );
        },
      ],
    ];
  for (const [what, status, make] of flaws) {
    it(`binds nothing with ${what}`, async (test) => {
      const app = await deviceApp(test, [new MemoryStore()]);
      const browser = app.browser();
      const { challenge, id } = await offerTo(browser);
      const reply = await register(browser, make(challenge, id));
      assert.equal(reply.status, status);
      assert.equal(reply.text, "");
      assert.equal(reply.setCookie.length, 0);
      assert.ok(takeEvents(app).includes("session_device_refused"));
      assert.equal((await browser.json("/me")).deviceBound, null);
    });
  }

  it("is believed about where it sent its proof, by the address of the request or an origin of the app", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()], { origin: "https://www.example.test" });
    const statusFor = async (aud: string): Promise<number> => {
      const { challenge, id } = await offerTo(app.browser());
      const key = newDeviceKey();
      const header = { alg: "ES256", typ: "dbsc+jwt", jwk: key.jwk };
      const proof = jws(key, header, { jti: challenge, authorization: id, aud });
      return (await register(app.browser(), proof)).status;
    };
    assert.equal(await statusFor(`https://${app.site.host}/device-bound/register`), 200);
    assert.equal(await statusFor("https://www.example.test/device-bound/register"), 200);
    assert.equal(await statusFor("https://www.example.test/device-bound/refresh"), 403);
    assert.equal(await statusFor("https://evil.example/device-bound/register"), 403);
  });

  it("binds a session once, and only within five minutes of its sign-in", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const [late, soon] = [await offerTo(app.browser()), await offerTo(app.browser())];
    const statusOf = async ({ challenge, id }: typeof late): Promise<number> =>
      (await register(app.browser(), registrationProof(newDeviceKey(), challenge, id))).status;
    assert.equal(await statusOf(soon), 200);
    assert.equal(await statusOf(soon), 403);
    app.clock.advance("5m");
    assert.equal(await statusOf(late), 403);
  });

  it("may send the same again after a lost answer, until its key has proven something since", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = app.browser();
    const { challenge, id } = await offerTo(browser);
    const key = newDeviceKey();
    const proof = registrationProof(key, challenge, id);
    browser.lose.add("/device-bound/register");
    await assert.rejects(register(browser, proof));
    app.clock.advance("1m");
    assert.equal((await register(browser, registrationProof(newDeviceKey(), challenge, id))).status, 403);
    const again = await register(browser, proof);
    assert.equal(again.status, 200);
    assert.equal(JSON.parse(again.text).session_identifier, id);
    assert.equal((await browser.json("/me")).userId, "anna", "the bound cookie has come");
    assert.equal(takeEvents(app).filter((type) => type === "session_device_bound").length, 1);

    const next = String(again.headers["secure-session-challenge"]).slice(1, 44);
    const refreshed = await browser.raw("/device-bound/refresh", "POST", {
      "sec-secure-session-id": id,
      "secure-session-response": refreshProof(key, next),
    });
    assert.equal(refreshed.status, 204);
    assert.equal((await register(browser, proof)).status, 403);
  });

  it("may send the same again no longer than it might the first time", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = app.browser();
    const { challenge, id } = await offerTo(browser);
    const proof = registrationProof(newDeviceKey(), challenge, id);
    assert.equal((await register(browser, proof)).status, 200);
    app.clock.advance("5m");
    assert.equal((await register(browser, proof)).status, 403);
  });

  it("finds its session by the cookie when it has got another id meanwhile, and no other session", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const [browser, stranger] = [app.browser(), app.browser()];
    const { challenge, id } = await offerTo(browser);
    await offerTo(stranger);
    await browser.send("/regenerate", { method: "POST" });
    const proof = registrationProof(newDeviceKey(), challenge, id);
    for (const other of [app.browser(), stranger]) assert.equal((await register(other, proof)).status, 403);
    assert.equal((await register(browser, proof)).status, 200);
    assert.notEqual((await browser.json("/me")).deviceBound, null);
    assert.equal((await stranger.json("/me")).deviceBound, null);
  });

  it("cannot replace a key, whatever challenge it has signed", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const { id, challenge, key } = (await boundBrowser(app)).binding ?? {};
    assert.ok(id !== undefined && challenge !== undefined && key !== undefined);
    for (const other of [newDeviceKey(), key])
      assert.equal((await register(app.browser(), registrationProof(other, challenge, id))).status, 403);
    const reasons = app.events.map((event) => (event.type === "session_device_refused" ? event.reason : ""));
    assert.deepEqual(reasons.filter(Boolean), ["bound", "bound"]);
  });

  it("is asked at a sign-in and at no other request, and only over HTTPS", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = app.browser();
    browser.binds = false;
    const offered = async (path: string, method = "POST") =>
      (await browser.send(path, { method })).headers["secure-session-registration"] !== undefined;
    assert.equal(await offered("/me", "GET"), false);
    assert.equal(await offered("/assign"), true, "an assigned user has come just now");
    assert.equal(await offered("/assign"), false);
    assert.equal(await offered("/login"), true);
    assert.equal(await offered("/me", "GET"), false);
    assert.equal(await offered("/logout"), false);
  });
});

describe("The endpoints of device-bound sessions", () => {
  it("answer with nothing that browsers misread: no redirect, no body, no status that ends a binding by mistake", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    const { id = "" } = browser.binding ?? {};
    const other = newDeviceKey();
    const proofs = [
      undefined,
      "x",
      "a.b.c",
      refreshProof(other, "c".repeat(43)),
      refreshProof(other, browser.binding?.challenge ?? ""),
    ];
    for (const proof of proofs) {
      const reply = await browser.raw("/device-bound/refresh", "POST", {
        "sec-secure-session-id": id,
        "secure-session-response": proof,
      });
      assert.equal(reply.status, 403, proof);
      assert.equal(reply.text, "");
      assert.match(String(reply.headers["secure-session-challenge"]), new RegExp(`;id="${id}"$`));
    }
    assert.equal((await browser.json("/me")).userId, "anna", "nor is the session any the worse for it");
    for (const path of ["/device-bound/register", "/device-bound/refresh"]) {
      const got = await browser.raw(path, "GET");
      assert.deepEqual([got.status, got.headers.allow, got.text], [405, "POST", ""]);
    }
    for (const unknown of [undefined, "x", `"${"a".repeat(21)}"`, "a".repeat(5000), "../../x"])
      assert.equal(
        (await browser.raw("/device-bound/refresh", "POST", { "sec-secure-session-id": unknown })).status,
        400,
      );
  });

  it("answer 503 while the store is out, and the same proof is good afterwards", async (test) => {
    const store = new MemoryStore();
    const app = await deviceApp(test, [store]);
    const browser = await boundBrowser(app);
    const { update } = store;
    store.update = () => {
      throw new Error("out");
    };
    app.clock.advance("11m");
    assert.equal((await browser.send("/me")).status, 503);
    store.update = update;
    assert.equal((await browser.json("/me")).userId, "anna");
    assert.deepEqual(browser.log, [
      "POST /device-bound/refresh 503",
      "GET /me 503",
      "POST /device-bound/refresh 204",
      "GET /me 200",
    ]);
  });

  it("end nothing that this process cannot read: its key or its format may be still to come here", async (test) => {
    const store = new MemoryStore();
    const app = await deviceApp(test, [store]);
    const browser = await boundBrowser(app);
    const unbound = app.browser();
    const { challenge, id } = await offerTo(unbound);
    const proof = registrationProof(newDeviceKey(), challenge, id);
    const { read } = store;
    store.read = (...asked) => {
      const found = read.apply(store, asked);
      return found && { ...found, header: new Uint8Array(9) };
    };
    app.clock.advance("1m");
    const headers = { "sec-secure-session-id": browser.binding?.id };
    const refused = await browser.raw("/device-bound/refresh", "POST", headers);
    assert.deepEqual([refused.status, refused.text, refused.setCookie], [503, "", []]);
    assert.equal((await register(unbound, proof)).status, 503);
    store.read = read;
    assert.equal((await register(unbound, proof)).status, 200);
    app.clock.advance("10m");
    assert.equal((await browser.json("/me")).userId, "anna");
  });

  it("take no bound cookie away that belongs to the binding after", async (test) => {
    const app = await deviceApp(test, [new MemoryStore()]);
    const browser = await boundBrowser(app);
    const { id = "" } = browser.binding ?? {};
    await browser.send("/elevate", { method: "POST" });
    const late = await browser.raw("/device-bound/refresh", "POST", { "sec-secure-session-id": id });
    assert.deepEqual(JSON.parse(late.text), { session_identifier: id, continue: false });
    assert.deepEqual(late.setCookie, []);
    assert.ok(browser.cookie(BOUND) !== undefined);
  });

  it("undo no activity that was recorded since they read the session", async (test) => {
    const store = new MemoryStore();
    const app = await deviceApp(test, [store], { idle: "30m" });
    const browser = await boundBrowser(app);
    const { id = "", key, challenge = "" } = browser.binding ?? {};
    assert.ok(key !== undefined);
    const { read } = store;
    const stored = () => {
      const found = read.call(store, handleInName(id), app.clock.now());
      assert.ok(found !== null);
      return { ...found };
    };
    const before = stored();
    app.clock.advance("9m");
    await browser.json("/me");
    while (stored().expiresAt === before.expiresAt) await new Promise(setImmediate);
    const touched = stored();
    assert.equal(touched.version, before.version);
    store.read = () => {
      store.read = read;
      return before;
    };
    const reply = await browser.raw("/device-bound/refresh", "POST", {
      "sec-secure-session-id": id,
      "secure-session-response": refreshProof(key, challenge),
    });
    assert.equal(reply.status, 204);
    assert.equal(stored().expiresAt, touched.expiresAt);
  });
});
