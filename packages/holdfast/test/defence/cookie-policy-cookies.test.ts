import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { clock, cookiePolicy, FULL, harden } from "../support/hardened.ts";
import { handler, inEnvironment, serveRow, stacks } from "../support/policy-apps.ts";

describe("A cookie under cookiePolicy()", () => {
  const cases: Readonly<Record<string, readonly [given: string, sent: string]>> = {
    "is untouched, to the last blank, where nothing is missing": [
      "a=1;httponly ;  secure; SAMESITE=strict;Priority=High",
      "a=1;httponly ;  secure; SAMESITE=strict;Priority=High",
    ],
    "gets Lax for None, which is not asked for": [
      "a=1; SameSite=None; Secure; HttpOnly",
      "a=1; SameSite=Lax; Secure; HttpOnly",
    ],
    "gets Lax for what is no SameSite": ["a=1; SameSite=Sometimes", "a=1; SameSite=Lax; HttpOnly; Secure"],
    "keeps a value that says the name of an attribute": [
      "a=HttpOnly",
      "a=HttpOnly; HttpOnly; SameSite=Lax; Secure",
    ],
    "keeps attributes of the future": ["a=1; New=2", "a=1; New=2; HttpOnly; SameSite=Lax; Secure"],
    "with the prefix __Host- gets its path and loses its domain": [
      "__Host-a=1; Domain=example.com; Path=/x",
      "__Host-a=1; Path=/; HttpOnly; SameSite=Lax; Secure",
    ],
    "with that prefix in another case, which browsers heed, as well": [
      "__hOsT-a=1",
      "__hOsT-a=1; Path=/; HttpOnly; SameSite=Lax; Secure",
    ],
    "with the prefix __Secure- keeps its domain": [
      "__Secure-a=1; Domain=example.com",
      "__Secure-a=1; Domain=example.com; HttpOnly; SameSite=Lax; Secure",
    ],
    "is deleted as it was meant to be, by Max-Age before a later date": [
      "a=; Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
      "a=; Max-Age=0; Expires=Fri, 31 Dec 9999 23:59:59 GMT; HttpOnly; SameSite=Lax; Secure",
    ],
    "is deleted by a date in the past": [
      "__Host-a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "__Host-a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Lax; Secure",
    ],
    "keeps the life that browsers heed, not a later one that they cannot read": [
      "a=1; Max-Age=60; Expires=Sun, 01 Jan 2090 00:00:00 GMT; Max-Age=soon; Expires=0; max-age",
      "a=1; Max-Age=60; Expires=Sun, 01 Jan 2090 00:00:00 GMT; HttpOnly; SameSite=Lax; Secure",
    ],
    "takes a life that browsers can read in place of one that they cannot": [
      "a=1; Max-Age=soon; Expires=0; Max-Age=60",
      "a=1; Expires=0; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
    ],
    "is deleted still, whatever stands after that": [
      "a=; Max-Age=0; Max-Age=9e9",
      "a=; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
    ],
    "has each attribute once": ["a=1; Path=/x; Path=/", "a=1; Path=/; HttpOnly; SameSite=Lax; Secure"],
  };
  for (const [name, [given, sent]] of Object.entries(cases)) {
    it(name, async (test) => assert.deepEqual(await harden(test, [given]), [sent]));
  }

  it("lives no longer than browsers allow, by Max-Age and by Expires", async (test) => {
    const rest = "; HttpOnly; SameSite=Lax; Secure";
    const end = new Date(clock.now() + 400 * 86_400_000).toUTCString();
    const given = ["a=1; Max-Age=999999999999999999999999", "b=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT"];
    assert.deepEqual(await harden(test, given), [
      `a=1; Max-Age=34560000${rest}`,
      `b=1; Expires=${end}${rest}; Max-Age=34560000`,
    ]);
    const both = "c=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Max-Age=60";
    assert.deepEqual(await harden(test, [both, "d=1"]), [both + rest, `d=1${rest}`]);
  });

  it("is sent once, the last one, in its place", async (test) => {
    const rest = "; HttpOnly; SameSite=Lax; Secure";
    assert.deepEqual(await harden(test, ["a=1", "b=2", "a=3", "A=4"]), [
      `b=2${rest}`,
      `a=3${rest}`,
      `A=4${rest}`,
    ]);
    assert.deepEqual(await harden(test, ["a=; Path=/; Max-Age=0", "a=1; path=/"]), [`a=1; path=/${rest}`]);
    assert.deepEqual(await harden(test, ["a=1; Domain=.x.org", "a=2; Domain=X.ORG"]), [
      `a=2; Domain=X.ORG${rest}`,
    ]);
  });

  it("is sent beside those of its name with another path, domain or jar: deletions of older ones", async (test) => {
    const cookies = [
      "a=; Path=/old; Max-Age=0",
      "a=; Path=/; Domain=example.com; Max-Age=0",
      "a=; Path=/; Partitioned; Max-Age=0",
      "a=1; Path=/",
    ];
    const sent = await harden(test, cookies);
    assert.deepEqual(
      sent,
      cookies.map((one) => `${one}; HttpOnly; SameSite=Lax; Secure`),
    );
  });

  it("is deleted over plain HTTP too, where browsers pass over a deletion with Secure", async (test) => {
    const policy = () => harden(test, ["a=; Max-Age=0", "b=1", "__Secure-c=; Max-Age=0"], {}, false);
    assert.deepEqual(await inEnvironment("production", policy), [
      "a=; Max-Age=0; HttpOnly; SameSite=Lax",
      "b=1; HttpOnly; SameSite=Lax; Secure",
      "__Secure-c=; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
    ]);
  });

  it("needs no Secure on the developer's own machine, unless browsers demand it", async (test) => {
    const given = ["a=1", "__Host-b=1", "c=1; Partitioned"];
    assert.deepEqual(await harden(test, given, {}, false), [
      "a=1; HttpOnly; SameSite=Lax",
      "__Host-b=1; Path=/; HttpOnly; SameSite=Lax; Secure",
      "c=1; Partitioned; HttpOnly; SameSite=Lax; Secure",
    ]);
    const row = [cookiePolicy(), handler((res) => [res.setHeader("Set-Cookie", "a=1"), res.end()])];
    const agent = await serveRow(test, "node:http", row, { https: false });
    for (const headers of [{ host: "example.com" }, { "x-forwarded-for": "1.2.3.4" }] as Record<
      string,
      string
    >[]) {
      assert.deepEqual((await agent.get("/", { headers })).setCookie, [FULL]);
    }
  });

  it("is left out if it has an octet that no cookie may have, and the others are sent", async (test) => {
    assert.deepEqual(await harden(test, ["bad=x y", "=__Host-session=x", "a=1", "b[]=1", 'c={"d":1}']), [
      FULL,
    ]);
    assert.deepEqual(await harden(test, ["bad=x y"]), []);
  });
});

describe("A Set-Cookie header that is no text, under cookiePolicy(),", () => {
  for (const stack of Object.keys(stacks)) {
    it(`is sent as Node sends it, on ${stack}`, async (test) => {
      const given: unknown = [7, null, { toString: () => "b=2" }, "a=1"];
      const send = handler((res) => [Reflect.apply(res.setHeader, res, ["Set-Cookie", given]), res.end()]);
      const agent = await serveRow(test, stack, [cookiePolicy(), send]);
      assert.deepEqual((await agent.get("/")).setCookie, [FULL.replace("a=1", "b=2"), FULL]);
    });
  }
});

describe("Whatever cookies an app sends", () => {
  it("a browser that keeps to the rules accepts what is sent, and keeps it from scripts and plain HTTP", async (test) => {
    const text = fc.string({ unit: fc.constantFrom(..." \t;=,\"'aZ09_-./é%"), maxLength: 12 });
    const part = fc.oneof(
      text,
      fc.constantFrom(
        "Path=/",
        "Domain=x.org",
        "SameSite=None",
        "Secure",
        "Max-Age=9e9",
        "Max-Age=99999999",
        "__Host-a=1",
      ),
    );
    const header = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(";"));
    let given: string[] = [];
    const send = handler((res) => [res.setHeader("Set-Cookie", given), res.end()]);
    const agent = await serveRow(test, "node:http", [cookiePolicy({ sameSite: "strict" }), send]);
    await fc.assert(
      fc.asyncProperty(fc.array(header, { minLength: 1, maxLength: 4 }), async (headers) => {
        given = headers;
        const { setCookie } = await agent.get("/");
        for (const cookie of setCookie) {
          assert.match(cookie, /^[!#$%&'*+\-.^_`|~\w]+[ ]*=/);
          const attributes = cookie
            .toLowerCase()
            .split(";")
            .slice(1)
            .map((one) => one.trim());
          for (const needed of ["httponly", "secure"])
            assert.ok(
              attributes.some((one) => one.split("=")[0]?.trim() === needed),
              cookie,
            );
          const sameSite = attributes.filter((one) => one.startsWith("samesite"));
          assert.deepEqual(sameSite, ["samesite=strict"], cookie);
          const names = attributes.filter(Boolean).map((one) => one.split("=")[0]?.trim());
          assert.equal(new Set(names).size, names.length, cookie);
          if (cookie.startsWith("__Host-"))
            assert.ok(attributes.includes("path=/") && !names.includes("domain"), cookie);
        }
      }),
      { numRuns: 300 },
    );
  });
});
