import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import compatSession from "../../src/compat/index.ts";
import {
  type CookiePolicyOptions,
  type CookieReport,
  cookiePolicy as makePolicy,
} from "../../src/defence/index.ts";
import { session } from "../../src/index.ts";
import { CookieStore } from "../../src/store/cookie.ts";
import { fakeClock } from "../../src/testing/index.ts";
import { handler, inEnvironment, serveRow, stacks } from "../support/policy-apps.ts";
import { strongSecret } from "../support/session-app.ts";
import { get } from "../support/streaming.ts";
import { WatchedStore } from "../support/watched-store.ts";
import { dataOf } from "../support/wrapped-apps.ts";
import { compress, onHeaders, type Wrapper } from "../support/wrappers.ts";

const FULL = "a=1; HttpOnly; SameSite=Lax; Secure";
const clock = fakeClock();

const cookiePolicy = (options: CookiePolicyOptions = {}) =>
  makePolicy({ clock, onReport: () => {}, ...options });

/** What a policy makes of these headers. */
async function harden(
  test: Parameters<typeof serveRow>[0],
  headers: readonly string[],
  options?: CookiePolicyOptions,
  https = true,
): Promise<readonly string[]> {
  const send = handler((res) => res.setHeader("Set-Cookie", headers) && res.end());
  const agent = await serveRow(test, "node:http", [cookiePolicy(options), send], { https });
  return (await agent.get("/")).setCookie;
}

/** Every way to set a cookie and to send a head. */
const ways: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  setHeader: (res) => [res.setHeader("set-COOKIE", "a=1"), res.end()],
  "setHeader with a list": (res) => [res.setHeader("Set-Cookie", ["a=1"]), res.end()],
  appendHeader: (res) => [res.appendHeader("Set-Cookie", "a=1"), res.end()],
  setHeaders: (res) => [res.setHeaders(new Headers({ "set-cookie": "a=1" })), res.end()],
  "writeHead with an object": (res) => res.writeHead(200, { "Set-Cookie": "a=1" }).end(),
  "writeHead with a reason": (res) => res.writeHead(200, "Fine", { "Set-Cookie": ["a=1"] }).end(),
  "writeHead without a reason": (res) =>
    Reflect.apply(res.writeHead, res, [200, undefined, { "Set-Cookie": "a=1" }]).end(),
  "writeHead with a flat list": (res) => res.writeHead(200, ["Set-Cookie", "a=1"]).end(),
  "writeHead with pairs": (res) => Reflect.apply(res.writeHead, res, [200, [["Set-Cookie", "a=1"]]]).end(),
  "writeHead over setHeader": (res) => {
    res.setHeader("Set-Cookie", "b=2");
    res.writeHead(200, { "Set-Cookie": "a=1" }).end();
  },
  "Node's old writeHeader": (res) => [
    Reflect.apply(Reflect.get(res, "writeHeader"), res, [200, { "Set-Cookie": "a=1" }]),
    res.end(),
  ],
  write: (res) => [res.setHeader("Set-Cookie", "a=1"), res.write("x"), res.end()],
  flushHeaders: (res) => [res.setHeader("Set-Cookie", "a=1"), res.flushHeaders(), res.end()],
  pipe: async (res) => {
    const { Readable } = await import("node:stream");
    res.setHeader("Set-Cookie", "a=1");
    Readable.from(["x"]).pipe(res);
  },
};

for (const stack of Object.keys(stacks)) {
  describe(`cookiePolicy(), on ${stack}`, () => {
    for (const [way, send] of Object.entries(ways)) {
      it(`hardens a cookie set by ${way}`, async (test) => {
        const agent = await serveRow(test, stack, [cookiePolicy(), handler(send)]);
        assert.deepEqual((await agent.get("/")).setCookie, [FULL]);
      });
    }

    const inHead: Wrapper = (_req, res, next) => {
      onHeaders(res, () => res.appendHeader("Set-Cookie", "a=1"));
      next();
    };
    const sent = handler((res) => void res.end("sent"));

    it("hardens what a listener sets just before the head is written, wherever that stands", async (test) => {
      for (const row of [
        [inHead, cookiePolicy(), sent],
        [cookiePolicy(), inHead, sent],
        [compress, inHead, cookiePolicy(), sent],
        [cookiePolicy(), inHead, compress, sent],
      ]) {
        const agent = await serveRow(test, stack, row);
        for (const browser of [agent, agent.newBrowser()])
          assert.deepEqual((await browser.get("/")).setCookie, [FULL]);
      }
    });

    it("leaves a compressed body whole", async (test) => {
      const agent = await serveRow(test, stack, [compress, cookiePolicy(), inHead, sent]);
      const body = await new Promise<Buffer>((resolve) => {
        get(agent, "/").on("response", async (reply) => resolve(Buffer.concat(await reply.toArray())));
      });
      assert.equal(gunzipSync(body).toString(), "sent");
    });

    for (const saving of ["at once", "later"]) {
      it(`stands before or after session(), which saves ${saving}, and leaves its cookie alone`, async (test) => {
        const write = handler((res, req) => {
          dataOf(req).n = 1;
          res.setHeader("Set-Cookie", ["a=1"]);
          if (req.url === "/head") res.writeHead(200, { "X-Own": "1" });
          res.end();
        });
        for (const before of [true, false]) {
          const sessions = session({
            secret: strongSecret(),
            clock,
            store: new WatchedStore({ sync: saving === "at once" }),
            cookie: { maxAge: "2h" },
          });
          const policy = cookiePolicy({ maxAge: "1h", sameSite: "strict" });
          const row = before ? [policy, sessions, write] : [sessions, policy, write];
          const agent = await serveRow(test, stack, row);
          for (const path of ["/end", "/head"]) {
            const { setCookie } = await agent.newBrowser().get(path);
            assert.equal(setCookie.length, 2);
            assert.ok(setCookie.includes(FULL.replace("Lax", "Strict")));
            const own = setCookie.find((one) => one.startsWith("__Host-session="));
            assert.match(own ?? "", /Max-Age=7200; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/);
          }
          await sessions.close();
        }
      });
    }
  });
}

describe("cookiePolicy() and the cookies of session()", () => {
  const write = handler((res, req) => {
    dataOf(req).n = 1;
    res.setHeader("Set-Cookie", "a=1");
    res.end();
  });

  it("leaves them usable over plain HTTP where session() allows it", async (test) => {
    const sessions = session({
      secret: strongSecret(),
      cookie: { insecureAllowHttp: true },
      onWarning: () => {},
    });
    const policy = inEnvironment("production", () => cookiePolicy());
    const agent = await serveRow(test, "Express 5", [policy, sessions, write], { https: false });
    const { setCookie } = await agent.get("/");
    assert.deepEqual(setCookie.map((one) => one.replace(/session=[^;]+/, "session=x")).sort(), [
      FULL,
      "session=x; Path=/; HttpOnly; SameSite=Lax",
    ]);
    await sessions.close();
  });

  it("leaves those that carry the session itself as they are", async (test) => {
    const sessions = session({ secret: strongSecret(), store: new CookieStore(), cookie: { maxAge: "2h" } });
    const policy = cookiePolicy({ maxAge: "1h", sameSite: "strict" });
    const agent = await serveRow(test, "Express 5", [policy, sessions, write]);
    const { setCookie } = await agent.get("/");
    const own = setCookie.filter((one) => one.startsWith("__Host-session"));
    assert.equal(own.length, 2);
    for (const cookie of own) assert.match(cookie, /Max-Age=7200; .*SameSite=Lax$/);
    await sessions.close();
  });

  it("hardens those of holdfast/compat, whose options are the app's", async (test) => {
    for (const stack of Object.keys(stacks)) {
      for (const before of [true, false]) {
        const options = { secret: strongSecret(), resave: false, saveUninitialized: true };
        const sessions = compatSession({ ...options, cookie: { httpOnly: false } });
        const row = [cookiePolicy(), sessions as unknown as Wrapper];
        const agent = await serveRow(test, stack, [...(before ? row : row.toReversed()), write]);
        const { setCookie } = await agent.get("/");
        const own = setCookie.find((one) => one.startsWith("connect.sid="));
        assert.match(own ?? "", /^[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure$/, `${stack} ${before}`);
        assert.ok(setCookie.includes(FULL));
      }
    }
  });

  it("does not take a cookie for theirs where there is no session", async (test) => {
    const sessions = session({ secret: strongSecret(), onWarning: () => {} });
    const send = handler((res) => [res.setHeader("Set-Cookie", "session=1"), res.end()]);
    const policy = inEnvironment("production", () => cookiePolicy());
    const agent = await serveRow(test, "Express 5", [policy, sessions, send], { https: false });
    assert.deepEqual((await agent.get("/")).setCookie, ["session=1; HttpOnly; SameSite=Lax; Secure"]);
    await sessions.close();
  });
});

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

describe("When cookiePolicy() fails", () => {
  const broken = {
    ...clock,
    now: () => {
      throw new Error("no time");
    },
  };
  const send = handler((res) => [res.setHeader("Set-Cookie", "a=1"), res.end("sent")]);

  it("the reply goes out, without the cookies that were not judged, and a warning says so", async (test) => {
    const warning = once(process, "warning");
    const agent = await serveRow(test, "node:http", [cookiePolicy({ clock: broken }), send]);
    const { text, setCookie } = await agent.get("/");
    assert.deepEqual([text, setCookie], ["sent", []]);
    assert.match(String((await warning)[0]), /cookiePolicy\(\): no cookie could be judged: Error: no time$/);
  });

  it("the reply keeps its cookies where the policy only reports", async (test) => {
    const policy = cookiePolicy({ clock: broken, insecureReportOnly: true });
    const agent = await serveRow(test, "node:http", [policy, send]);
    assert.deepEqual((await agent.get("/")).setCookie, ["a=1"]);
  });
});

describe("The options of cookiePolicy()", () => {
  it("make exceptions by the exact name", async (test) => {
    const except = {
      "XSRF-TOKEN": { httpOnly: false },
      embed: { sameSite: "none", partitioned: true },
      plain: { insecureAllowHttp: true },
      odd: { anyOctets: true, maxAge: "1m" },
    } as const;
    const given = [
      "XSRF-TOKEN=1",
      "xsrf-token=1",
      "embed=1",
      "plain=1",
      "odd=[ é",
      "odd2=1; Max-Age=100",
      "odd=1,; Max-Age=100",
    ];
    assert.deepEqual(await harden(test, given, { except, sameSite: "strict" }), [
      "XSRF-TOKEN=1; SameSite=Strict; Secure",
      "xsrf-token=1; HttpOnly; SameSite=Strict; Secure",
      "embed=1; HttpOnly; SameSite=None; Partitioned; Secure",
      "plain=1; HttpOnly; SameSite=Strict",
      "odd2=1; Max-Age=100; HttpOnly; SameSite=Strict; Secure",
      "odd=1,; Max-Age=60; HttpOnly; SameSite=Strict; Secure",
    ]);
    // A polluted prototype makes none.
    assert.deepEqual(await harden(test, ["constructor=1", "__proto__=1"]), [
      "constructor=1; HttpOnly; SameSite=Lax; Secure",
      "__proto__=1; HttpOnly; SameSite=Lax; Secure",
    ]);
  });

  it("give a deletion the jar of its cookie", async (test) => {
    const options = { sameSite: "none", partitioned: true } as const;
    assert.deepEqual(await harden(test, ["a=; Max-Age=0"], options), [
      "a=; Max-Age=0; HttpOnly; SameSite=None; Partitioned; Secure",
    ]);
    assert.deepEqual(await harden(test, ["a=1; SameSite=Lax"], options), [
      "a=1; SameSite=Lax; HttpOnly; Secure",
    ]);
  });

  it("stop the app at start if they are wrong", () => {
    const wrong: [object, string][] = [
      [{ samesite: "lax" }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ sameSite: true }, "ERR_HOLDFAST_OPTION"],
      [{ maxAge: "401d" }, "ERR_HOLDFAST_OPTION"],
      [{ maxAge: 1 }, "ERR_HOLDFAST_OPTION"],
      [{ maxAge: "soon" }, "ERR_HOLDFAST_DURATION"],
      [{ httpOnly: false }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ insecureReportOnly: "yes" }, "ERR_HOLDFAST_OPTION"],
      [{ onReport: 1 }, "ERR_HOLDFAST_OPTION"],
      [{ except: null }, "ERR_HOLDFAST_OPTION"],
      [{ except: { a: { secure: false } } }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ except: { a: { httpOnly: 0 } } }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [options, code] of wrong)
      assert.throws(() => makePolicy(options), { code }, JSON.stringify(options));
  });

  it("may change nothing and only report", async (test) => {
    const reports: CookieReport[] = [];
    const given = ["a=1", "b=x y", "a=2"];
    const onReport = (report: CookieReport) => reports.push(report);
    assert.deepEqual(await harden(test, given, { insecureReportOnly: true, onReport }), given);
    assert.deepEqual(
      reports.map(({ name, changes, refused, reportOnly }) => [name, changes.at(-1), refused, reportOnly]),
      [
        ["a", "left out, for a later one replaces it", undefined, true],
        ["b", undefined, "its value has an octet that is not allowed there", true],
        ["a", "Secure added", undefined, true],
      ],
    );
  });

  it("add up where two policies stand", async (test) => {
    const row = [cookiePolicy({ except: { a: { httpOnly: false } } }), cookiePolicy({ sameSite: "strict" })];
    const send = handler((res) => [res.setHeader("Set-Cookie", "a=1"), res.end()]);
    const agent = await serveRow(test, "Express 5", [...row, send]);
    assert.deepEqual((await agent.get("/")).setCookie, ["a=1; SameSite=Strict; Secure; HttpOnly"]);
  });
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
