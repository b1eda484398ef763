import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { type CookieReport, cookiePolicy as makePolicy } from "../../src/defence/index.ts";
import { clock, cookiePolicy, harden } from "../support/hardened.ts";
import { handler, serveRow } from "../support/policy-apps.ts";

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
