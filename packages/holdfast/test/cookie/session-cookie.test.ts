import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CookieOptions } from "../../src/cookie/options.ts";
import { SessionCookie, withSessionCookie } from "../../src/cookie/session-cookie.ts";
import { resolveCookie } from "../../src/cookie/settings.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 7, 28, 0);

function make(cookie: CookieOptions = {}, production = true, name?: string): SessionCookie {
  return new SessionCookie(
    resolveCookie({ name, cookie }, { absolute: 1000 * DAY, absoluteGiven: false, production }),
  );
}

describe("the session cookie", () => {
  it("is host-only, HttpOnly, Secure, Lax and non-persistent", () => {
    assert.equal(make().set("v", true), "__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax");
  });

  it("carries every attribute that was asked for, in a fixed order", () => {
    const cookie = make({
      path: "/app",
      domain: "example.com",
      sameSite: "none",
      partitioned: true,
      priority: "high",
    });
    assert.equal(
      cookie.set("v", true, 90_000, NOW),
      "__Secure-session=v; Path=/app; Domain=example.com; Max-Age=90; Expires=Sat, 21 Nov 2026 07:29:30 GMT; " +
        "HttpOnly; Secure; SameSite=None; Partitioned; Priority=High",
    );
  });

  it("has neither prefix nor Secure over plain HTTP, where browsers would refuse it", () => {
    const cookie = make({ secure: "auto" }, false);
    assert.equal(cookie.nameFor(true), "__Host-session");
    assert.equal(cookie.nameFor(false), "session");
    assert.equal(cookie.set("v", false), "session=v; Path=/; HttpOnly; SameSite=Lax");
    assert.equal(cookie.set("v", true), "__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax");
  });

  it("leaves the domain out in local development, and not where plain HTTP is open to everybody", () => {
    const domain = "example.com";
    assert.equal(
      make({ domain, secure: false }, false).set("v", false),
      "session=v; Path=/; HttpOnly; SameSite=Lax",
    );
    assert.match(make({ domain, secure: false }, false).set("v", true), /; Domain=example.com;/);
    assert.match(make({ domain, insecureAllowHttp: true }).set("v", false), /; Domain=example.com;/);
  });

  it("lives whole seconds, at least one and at most 400 days, until a date with a four-digit year", () => {
    const maxAge = (ms: number) => Number(/; Max-Age=(\d+);/.exec(make().set("v", true, ms, NOW))?.[1]);
    assert.deepEqual(
      [maxAge(1999), maxAge(500), maxAge(400 * DAY), maxAge(401 * DAY)],
      [1, 1, 34_560_000, 34_560_000],
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e14 }),
        fc.integer({ min: 0, max: 253_402_300_799_000 }),
        (ms, now) => {
          const [, date] =
            /; Expires=(\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT);/.exec(make().set("v", true, ms, now)) ??
            [];
          assert.ok(date !== undefined && Date.parse(date) <= now + Math.max(ms, 1000));
        },
      ),
    );
  });

  it("sends Max-Age alone when no time is given", () => {
    assert.equal(
      make().set("v", true, 60_000),
      "__Host-session=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
    );
  });

  it("is deleted with the attributes it was set with", () => {
    const options: CookieOptions[] = [
      {},
      { path: "/app", domain: "example.com" },
      { sameSite: "none", partitioned: true, priority: "low" },
      { insecureAllowHttp: true, sameSite: "strict" },
    ];
    for (const cookie of options.map((one) => make(one))) {
      for (const secure of [true, false]) {
        const expected = cookie.set("", secure, 60_000, NOW);
        const dead = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT;";
        assert.equal(cookie.clear(secure), expected.replace(/; Max-Age=60; Expires=[^;]+;/, dead));
        assert.match(cookie.clear(secure), /Max-Age=0/);
      }
    }
  });
});

describe("a reply's Set-Cookie list", () => {
  const header = "__Host-session=new; Path=/";
  const join = (existing: Parameters<typeof withSessionCookie>[0]) =>
    withSessionCookie(existing, header, "__Host-session");

  it("gets the session cookie behind what is there", () => {
    assert.deepEqual(join(undefined), [header]);
    assert.deepEqual(join("theme=dark"), ["theme=dark", header]);
    assert.deepEqual(join(["a=1", "b=2"]), ["a=1", "b=2", header]);
    assert.deepEqual(join(5), ["5", header]);
    assert.deepEqual(join("__Host-sessionX"), ["__Host-sessionX", header], "without a name");
  });

  it("holds one session cookie, the last one", () => {
    const existing = [
      "__Host-session=old; Path=/",
      "a=__Host-session=x",
      " __Host-session\t=old",
      "__Host-session2=x",
      "__HOST-session=x",
    ];
    assert.deepEqual(join(existing), ["a=__Host-session=x", "__Host-session2=x", "__HOST-session=x", header]);
    assert.deepEqual(join("__Host-session=old"), [header]);
  });

  it("does not change the list it was given", () => {
    const existing = Object.freeze(["__Host-session=old"]);
    assert.deepEqual(join(existing), [header]);
    assert.deepEqual(existing, ["__Host-session=old"]);
  });
});
