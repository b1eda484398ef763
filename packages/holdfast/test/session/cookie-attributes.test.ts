import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestReply } from "../../src/testing/index.ts";
import { type AppOptions, NAME, type SessionApp, sessionApp, set } from "../support/session-app.ts";

/** Name, value and attributes of a Set-Cookie header; attribute names in lower case. */
function parsed(header: string): { name: string; value: string; attributes: Map<string, string> } {
  const [pair = "", ...rest] = header.split("; ");
  const at = pair.indexOf("=");
  const attributes = new Map<string, string>();
  for (const text of rest) {
    const [name = "", value = ""] = text.split("=", 2);
    assert.ok(!attributes.has(name.toLowerCase()), `${name} is there twice`);
    attributes.set(name.toLowerCase(), value);
  }
  return { name: pair.slice(0, at), value: pair.slice(at + 1), attributes };
}

function sessionCookie(reply: TestReply): ReturnType<typeof parsed> {
  assert.equal(reply.setCookie.length, 1, "one Set-Cookie");
  return parsed(reply.setCookie[0] ?? "");
}

/** Every kind of reply that carries a session cookie, in the order a visitor meets them. */
async function crawl(app: SessionApp): Promise<Record<string, TestReply>> {
  return {
    first: await app.act(set({ cart: 1 })),
    signIn: await app.act((session) => session.signIn("anna")),
    again: await app.act((session) => session.signIn("anna")),
    regenerate: await app.act(async (session) => {
      await session.regenerate();
      session.userId = "anna";
    }),
    everything: await app.act(async (session) => {
      session.a = 1;
      await session.save();
      await session.regenerate();
      await session.signIn("bert");
      session.touch();
      await session.save();
      session.b = 2;
    }),
    signOut: await app.act((session) => session.signOut()),
    begin: await app.act(set({ cart: 1 })),
    destroy: await app.act((session) => session.destroy()),
    beginAgain: await app.act(set({ cart: 1 })),
    unset: await app.act((_session, req) => {
      Reflect.set(req, "session", null);
    }),
  };
}

const ENDING = ["signOut", "destroy", "unset"];

describe("every session cookie", () => {
  const variants: Record<string, AppOptions> = {
    "by default": {},
    persistent: { cookie: { maxAge: "1h" } },
    strict: { cookie: { sameSite: "strict", priority: "high" } },
    embedded: { cookie: { sameSite: "none", partitioned: true } },
    narrow: { cookie: { path: "/act" } },
    shared: { cookie: { domain: "example.org" } },
  };
  for (const [variant, options] of Object.entries(variants)) {
    it(`${variant}: is HttpOnly, Secure, with SameSite and a prefix that fits; deletion has the same attributes`, async (test) => {
      const app = await sessionApp(test, options);
      const replies = Object.entries(await crawl(app)).map(
        ([what, reply]) => [what, sessionCookie(reply)] as const,
      );
      const fixed = (cookie: ReturnType<typeof parsed>) =>
        [...cookie.attributes].filter(([name]) => name !== "max-age" && name !== "expires").sort();
      const [, first] = replies[0] ?? [];
      for (const [what, cookie] of replies) {
        const { name, attributes } = cookie;
        assert.ok(attributes.has("httponly") && attributes.has("secure") && attributes.has("samesite"), what);
        if (name.startsWith("__Host-"))
          assert.ok(attributes.get("path") === "/" && !attributes.has("domain"), what);
        assert.equal(name, ["narrow", "shared"].includes(variant) ? "__Secure-session" : NAME, what);
        assert.deepEqual(fixed(cookie), first && fixed(first), what);
        const ends = ENDING.includes(what);
        assert.equal(cookie.value === "", ends, what);
        if (ends) {
          assert.equal(attributes.get("max-age"), "0", what);
          assert.ok(Date.parse(attributes.get("expires") ?? "") < app.clock.now(), what);
        } else assert.equal(attributes.has("max-age"), variant === "persistent", what);
      }
    });
  }

  it("has SameSite=Lax unless asked otherwise, and a name that gives no framework away", async (test) => {
    const { name, attributes, value } = sessionCookie(await (await sessionApp(test)).act(set({ a: 1 })));
    assert.equal(attributes.get("samesite"), "Lax");
    assert.doesNotMatch(name, /connect|express|sid|php|asp|jsession|holdfast/i);
    assert.ok(name.length + value.length < 256);
  });

  it("comes with Cache-Control: no-store", async (test) => {
    const app = await sessionApp(test);
    for (const [what, reply] of Object.entries(await crawl(app)))
      assert.equal(reply.headers["cache-control"], "no-store", what);
  });

  it("stands beside the app's own cookies, and in place of one that takes its name", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act((session, _req, res) => {
      res.cookie("theme", "dark");
      res.append("Set-Cookie", `${NAME}=planted; Path=/; Secure`);
      session.a = 1;
    });
    assert.deepEqual(
      reply.setCookie.map((header) => parsed(header).name),
      ["theme", NAME],
    );
    assert.ok(!reply.setCookie.some((header) => header.includes("planted")));
  });

  it("is opaque: neither user, nor address, nor time, and another one at each sign-in", async (test) => {
    const app = await sessionApp(test);
    const values = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const { value } = sessionCookie(
        await app.act((session) => session.signIn("annabella"), { by: app.agent.newBrowser() }),
      );
      const texts = [
        value,
        ...value.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1")),
      ].join("\n");
      for (const text of [
        "annabella",
        "127.0.0.1",
        String(app.clock.now()),
        String(app.clock.now() / 1000),
      ]) {
        assert.equal(texts.includes(text), false, text);
      }
      for (const part of value.split(".").slice(1)) values.add(part);
    }
    assert.equal(values.size, 15, "no part of an id is ever the same twice");
  });
});

describe("no session cookie is sent", () => {
  it("for a visit that stores nothing", async (test) => {
    const app = await sessionApp(test);
    for (const handler of [
      () => {},
      (session: object) => ({ ...session }),
      (session: { visits?: unknown }) => session.visits,
    ]) {
      const reply = await app.act(handler as () => unknown);
      assert.deepEqual(reply.setCookie, []);
      assert.equal(reply.headers["cache-control"], undefined);
    }
    assert.deepEqual((await app.agent.get("/plain")).setCookie, []);
    assert.deepEqual(app.takeEvents(), []);
  });

  it("again once the client has it", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ visits: 1 }));
    assert.deepEqual((await app.act(set({ visits: 2 }))).setCookie, []);
    assert.deepEqual((await app.act((session) => session)).setCookie, []);
    assert.deepEqual((await app.agent.get("/plain")).setCookie, []);
  });

  it("and none deleted, for a visitor whose session is over", async (test) => {
    const app = await sessionApp(test);
    await app.agent.signIn("anna");
    await app.sessions.revokeUser("anna");
    const reply = await app.act((session) => session);
    assert.deepEqual([reply.status, reply.json(), reply.setCookie], [200, {}, []]);
  });
});
