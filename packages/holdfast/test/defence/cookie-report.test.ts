import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";
import cookieSession from "cookie-session";
import type express from "express";
import { type CookiePolicyOptions, type CookieReport, cookiePolicy } from "../../src/defence/index.ts";
import { handler, inEnvironment, serveRow } from "../support/policy-apps.ts";
import type { Wrapper } from "../support/wrappers.ts";

/** The number of the line this is called from. */
function hereLine(): number {
  return Number(/cookie-report\.test\.ts:(\d+)/.exec(new Error().stack?.split("\n")[2] ?? "")?.[1]);
}

/** What is reported of one reply. */
async function reportsOf(
  test: TestContext,
  row: readonly Wrapper[],
  options: CookiePolicyOptions = {},
  stack: string = "Express 5",
): Promise<CookieReport[]> {
  const reports: CookieReport[] = [];
  const policy = cookiePolicy({ onReport: (report) => reports.push(report), ...options });
  const agent = await serveRow(test, stack, [policy, ...row]);
  await agent.get("/");
  return reports;
}

describe("A report of cookiePolicy()", () => {
  for (const stack of ["Express 5", "Express 4"]) {
    it(`says which cookie was changed, how, and which line of the app set it, on ${stack}`, async (test) => {
      let line = 0;
      const send: express.RequestHandler = (_req, res) => {
        line = hereLine() + 1;
        res.cookie("theme", "dark", { sameSite: "none" });
        res.cookie("other", "1", { httpOnly: true, secure: true, sameSite: "strict" });
        res.end();
      };
      const reports = await reportsOf(test, [send as unknown as Wrapper], {}, stack);
      assert.deepEqual(reports, [
        {
          name: "theme",
          changes: ["HttpOnly added", "SameSite=None made SameSite=Lax", "Secure added"],
          refused: undefined,
          setBy: reports[0]?.setBy,
          reportOnly: false,
        },
      ]);
      assert.match(reports[0]?.setBy ?? "", new RegExp(`^\\S*cookie-report\\.test\\.ts:${line}$`));
    });
  }

  it("names the line of a package, and what the app did when that ran", async (test) => {
    let line = 0;
    const sessions = cookieSession({ name: "s", keys: ["k"], secure: false, httpOnly: false });
    const send = (req: IncomingMessage, res: ServerResponse) => {
      Object.assign(Reflect.get(req, "session"), { n: 1 });
      line = hereLine() + 1;
      res.end();
    };
    const [report] = await reportsOf(test, [sessions as unknown as Wrapper, send as Wrapper]);
    assert.equal(report?.name, "s");
    assert.match(
      report?.setBy ?? "",
      /node_modules\/cookies\/index\.js:\d+, during \S*cookie-report\.test\.ts:\d+$/,
    );
    assert.ok(report?.setBy?.endsWith(`:${line}`), `${report?.setBy} instead of ${line}`);
  });

  it("says why a cookie was refused, and never its value", async (test) => {
    const send = handler((res) => [
      res.setHeader("Set-Cookie", [`id${"x".repeat(300)}\t=s3cret`, "s3cret", "a=s3 cret"]),
      res.end(),
    ]);
    const reports = await reportsOf(test, [send]);
    assert.deepEqual(
      reports.map(({ refused }) => refused),
      [
        "it has a control character, such as CR or LF",
        "it has no name",
        "its value has an octet that is not allowed there",
      ],
    );
    assert.equal(reports[0]?.name.length, 256);
    assert.doesNotMatch(JSON.stringify(reports), /s3/);
  });

  const oddStacks: Readonly<Record<string, PropertyDescriptorMap>> = {
    "gives call sites": { prepareStackTrace: { value: (_error: Error, sites: unknown) => sites } },
    "gives nothing": { prepareStackTrace: { value: () => undefined } },
    throws: {
      prepareStackTrace: {
        value: () => {
          throw new Error("no stack");
        },
      },
    },
    "has no frames, and a limit that nobody may change": {
      stackTraceLimit: { value: 0, writable: false },
    },
  };
  for (const [what, properties] of Object.entries(oddStacks)) {
    it(`does without the line where the app's own Error.stack ${what}`, async (test) => {
      const before = Object.getOwnPropertyDescriptors(Error);
      const send = handler((res) => {
        for (const [name, change] of Object.entries(properties))
          Object.defineProperty(Error, name, { ...change, configurable: true });
        try {
          res.setHeader("Set-Cookie", "a=1");
        } finally {
          for (const name of Object.keys(properties)) {
            const original = Reflect.get(before, name);
            if (original === undefined) Reflect.deleteProperty(Error, name);
            else Object.defineProperty(Error, name, original);
          }
        }
        res.end();
      });
      const [report] = await reportsOf(test, [send]);
      assert.deepEqual([report?.name, report?.setBy], ["a", "an unknown line"]);
    });
  }

  it("takes no stack trace in production", async (test) => {
    const send = handler((res) => [res.setHeader("Set-Cookie", "a=1"), res.end()]);
    const [report] = await inEnvironment("production", () => reportsOf(test, [send]));
    assert.equal(report?.name, "a");
    assert.equal(report?.setBy, undefined);
  });

  it("that cannot be taken harms no reply", async (test) => {
    const warning = once(process, "warning");
    const send = handler((res) => [res.setHeader("Set-Cookie", "a=1"), res.end("sent")]);
    const policy = cookiePolicy({
      onReport: () => {
        throw new Error("the log is full");
      },
    });
    const agent = await serveRow(test, "Express 5", [policy, send]);
    const { text, setCookie } = await agent.get("/");
    assert.deepEqual([text, setCookie.length], ["sent", 1]);
    assert.match(String((await warning)[0]), /`onReport` threw: Error: the log is full/);
  });
});

describe("Without onReport, cookiePolicy()", () => {
  async function warningsOf(
    test: TestContext,
    environment: string,
    cookies: readonly string[] = ["a=1", "b=x y"],
  ): Promise<string[]> {
    const warnings: string[] = [];
    const note = (warning: Error) =>
      void (warning.name === "HoldfastWarning" && warnings.push(warning.message));
    process.on("warning", note);
    test.after(() => process.off("warning", note));
    const policy = inEnvironment(environment, () => cookiePolicy());
    const send = handler((res) => [res.setHeader("Set-Cookie", cookies), res.end()]);
    const agent = await serveRow(test, "Express 5", [policy, send]);
    for (let i = 0; i < 3; i++) await agent.get("/");
    return warnings;
  }

  it("warns once of each cookie, with its line, in development", async (test) => {
    const [changed, refused, ...more] = await warningsOf(test, "development");
    assert.deepEqual(more, []);
    assert.match(
      changed ?? "",
      /^cookiePolicy\(\): the cookie "a" was changed: HttpOnly added; SameSite=Lax added; Secure added\. It was set by \S*cookie-report\.test\.ts:\d+\.$/,
    );
    assert.match(refused ?? "", /^cookiePolicy\(\): the cookie "b" was refused: its value has/);
  });

  it("warns in production, once for each name, of SameSite=None that is raised, which somebody asked for", async (test) => {
    const given = [
      "a=1; SameSite=None; Secure",
      "b=1; samesite=none",
      "a=2; Path=/x; SameSite=none; HttpOnly",
      "A=1; SameSite=None",
    ];
    assert.deepEqual(
      await warningsOf(test, "production", given),
      ["a", "b", "A"].map(
        (name) => `cookiePolicy(): the cookie "${name}" was changed: SameSite=None made SameSite=Lax.`,
      ),
    );
  });

  it("warns in production of no other change, and of refused cookies", async (test) => {
    assert.deepEqual(await warningsOf(test, "production"), [
      'cookiePolicy(): the cookie "b" was refused: its value has an octet that is not allowed there.',
    ]);
  });
});
