import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import {
  type AppOptions,
  browserWith,
  cookieOf,
  NAME,
  type SessionApp,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

async function signedInApp(
  test: TestContext,
  options: AppOptions = {},
): Promise<{ app: SessionApp; store: WatchedStore; cookie: string }> {
  const store = new WatchedStore();
  const app = await sessionApp(test, { store, ...options });
  await app.agent.signIn("anna");
  store.calls.length = 0;
  return { app, store, cookie: cookieOf(app.agent) };
}

const whoami = (app: SessionApp, headers: Record<string, string | undefined>, query = "") =>
  app.act((session) => ({ user: session.userId ?? null }), { by: app.agent.newBrowser(), headers, query });

describe("a forged session cookie", () => {
  it("never reaches the store: any character changed is an anonymous request and an event", async (test) => {
    const { app, store, cookie } = await signedInApp(test);
    for (let at = 0; at < cookie.length; at += 3) {
      const changed = cookie.slice(0, at) + (cookie[at] === "x" ? "y" : "x") + cookie.slice(at + 1);
      const reply = await whoami(app, { cookie: `${NAME}=${changed}` });
      assert.deepEqual(
        [reply.status, reply.json(), reply.setCookie],
        [200, { user: null }, []],
        `position ${at}`,
      );
      assert.deepEqual(app.takeEvents().slice(-1), ["session_forged"]);
    }
    assert.deepEqual(store.calls, []);
  });

  it("in any other form never reaches the store either", async (test) => {
    const { app, store, cookie } = await signedInApp(test);
    const [key, handle, secret, mac] = cookie.split(".");
    const foreign = await sessionApp(test);
    await foreign.agent.signIn("anna");
    const values: Record<string, string> = {
      quoted: `"${cookie}"`,
      "percent-encoded": encodeURIComponent(`s:${cookie}`),
      "dots percent-encoded": cookie.replaceAll(".", "%2E"),
      "a handle": handle ?? "",
      "handle and secret": `${handle}.${secret}`,
      "without its MAC": `${key}.${handle}.${secret}.`,
      "with the MAC of nothing": `${key}.${handle}.${secret}.${"A".repeat(43)}`,
      "parts swapped": `${key}.${handle}.${mac}.${secret}`,
      "one character more": `${cookie}A`,
      "one character less": cookie.slice(0, -1),
      padded: `${cookie}=`,
      "of another deployment": cookieOf(foreign.agent),
      "of another deployment under our key's name": `${key}${cookieOf(foreign.agent).slice(4)}`,
      "express-session's": "s%3AKJ3-VZ9o6zqZ3oZ1o2n3m4.bm9uc2Vuc2U",
      "a JWT without a signature": "eyJhbGciOiJub25lIn0.eyJ1c2VySWQiOiJhbm5hIn0.",
      __proto__: "__proto__",
      "15,000 characters": "A".repeat(15_000),
    };
    for (const [what, value] of Object.entries(values)) {
      const reply = await whoami(app, { cookie: `${NAME}=${value}` });
      assert.deepEqual([reply.status, reply.json(), reply.setCookie], [200, { user: null }, []], what);
      assert.deepEqual(app.takeEvents().slice(-1), ["session_forged"], what);
      assert.equal(reply.text.includes(value), false, "nothing is reflected");
    }
    assert.deepEqual(store.calls, []);
  });

  it("under a name that only looks like ours is no session cookie", async (test) => {
    const { app, store, cookie } = await signedInApp(test);
    app.takeEvents();
    const headers = [
      "__HOST-session",
      "__host-session",
      "__Host%2Dsession",
      "session",
      "__Secure-session",
      " =__Host-session",
      '"__Host-session"',
      "$Version=1; $__Host-session",
    ];
    for (const name of headers) {
      const reply = await whoami(app, { cookie: `${name}=${cookie}` });
      assert.deepEqual(reply.json(), { user: null }, name);
    }
    assert.deepEqual(store.calls, []);
    assert.deepEqual(app.takeEvents(), []);
  });

  it("of any characters a header can carry is an anonymous request", async (test) => {
    const { app, store, cookie } = await signedInApp(test);
    const octet = fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code));
    const hostile = fc.oneof(
      fc.string({ unit: octet, maxLength: 200 }),
      fc.tuple(fc.nat(114), octet).map(([at, c]) => cookie.slice(0, at) + c + cookie.slice(at + 1)),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        fc.pre(!value.includes(cookie));
        const reply = await whoami(app, { cookie: `${NAME}=${value}` });
        assert.deepEqual([reply.status, reply.json(), reply.setCookie], [200, { user: null }, []]);
      }),
      { numRuns: 150 },
    );
    assert.deepEqual(store.calls, []);
  });
});

describe("a cookie that opens nothing", () => {
  it("is answered alike, whatever is wrong with it: nobody learns which check it failed", async (test) => {
    const { app, cookie } = await signedInApp(test);
    const other = await signedInApp(test);
    const [key = "", handle = "", secret = "", mac = ""] = cookie.split(".");
    const reversed = (part: string) => [...part].reverse().join("");
    const over = cookieOf(app.agent);
    await app.sessions.revokeUser("anna");
    const cookies = [
      over,
      other.cookie,
      [reversed(key), handle, secret, mac].join("."),
      [key, reversed(handle), secret, mac].join("."),
      [key, handle, reversed(secret), mac].join("."),
      [key, handle, secret, reversed(mac)].join("."),
      [key, handle, secret].join("."),
      "nothing",
    ];
    const replies = await Promise.all(
      cookies.map(async (each) => {
        const { status, text, headers } = await whoami(app, { cookie: `${NAME}=${each}` });
        const { date: _date, ...rest } = headers;
        return { status, text, headers: rest };
      }),
    );
    const [first] = replies;
    assert.equal(first?.text, '{"user":null}');
    for (const reply of replies) assert.deepEqual(reply, first);
  });
});

describe("a genuine id elsewhere than in the cookie", () => {
  it("counts for nothing: not in query, path, body or another header", async (test) => {
    const { app, store, cookie } = await signedInApp(test);
    const places: [string, Record<string, string>, string][] = [
      ["query", {}, `?session=${cookie}&${NAME}=${cookie}&sid=${cookie}`],
      ["path", {}, `;${NAME}=${cookie};jsessionid=${cookie}`],
      ["Authorization", { authorization: `Bearer ${cookie}` }, ""],
      ["X-Session-Id", { "x-session-id": cookie, "x-session": cookie, cookie2: `${NAME}=${cookie}` }, ""],
      ["Set-Cookie", { "set-cookie": `${NAME}=${cookie}` }, ""],
    ];
    for (const [place, headers, query] of places) {
      const reply = await whoami(app, headers, query);
      assert.deepEqual([reply.status, reply.json()], [200, { user: null }], place);
    }
    const body = { [NAME]: cookie, session: cookie };
    const posted = await app.act((session) => ({ user: session.userId ?? null }), {
      by: app.agent.newBrowser(),
      method: "POST",
      body,
    });
    assert.deepEqual(posted.json(), { user: null });
    assert.deepEqual(store.calls, []);
  });
});

describe("an id that was genuine once", () => {
  it("is never adopted: its request gets another id, and nothing is stored under the old one", async (test) => {
    const { app, cookie } = await signedInApp(test);
    await app.sessions.revokeUser("anna");
    app.takeEvents();
    const browser = browserWith(app, cookie);
    await app.act(set({ cart: 1 }), { by: browser });
    assert.deepEqual(app.takeEvents(), ["session_use_after_expire", "session_created"]);
    const fresh = cookieOf(browser);
    for (const part of [1, 2]) assert.notEqual(fresh.split(".")[part], cookie.split(".")[part]);
    assert.deepEqual(await app.data(browserWith(app, cookie)), {});
  });

  it("does not come back with a guessed secret: the handle alone opens nothing", async (test) => {
    const secret = strongSecret();
    const store = new WatchedStore();
    const app = await sessionApp(test, { store, secret, onReplay: "alert" });
    await app.agent.signIn("anna");
    const handle = cookieOf(app.agent).split(".")[1];
    // Even the server's own keys do not make a second secret for a session that exists.
    const { Credentials } = await import("../../src/session/record/credentials.ts");
    const { KeyRing } = await import("../../src/keys/key-ring.ts");
    const { systemRandom } = await import("../../src/crypto/random.ts");
    const forged = new Credentials(new KeyRing([secret]), systemRandom).issue(handle).value;
    assert.deepEqual(await app.data(browserWith(app, forged)), {});
    assert.ok(app.takeEvents().includes("session_replayed"));
    assert.equal((await app.data()).userId, "anna", "and the real one goes on");
  });
});
