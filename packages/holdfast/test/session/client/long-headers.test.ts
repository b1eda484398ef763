import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sessionApp } from "../../support/session-app.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

const SESSIONS = 200;
const LONG = 12_000;

/** Of a browser of its own each. */
const HEADERS: Readonly<Record<string, (browser: number) => string>> = {
  "User-Agent": (browser) => `Browser/${browser} ${"a".repeat(LONG)}`,
  "X-Forwarded-For": (browser) => `${"a".repeat(LONG)}, 203.0.113.${100 + (browser % 100)}`,
};

describe("a session's memory", () => {
  for (const [name, value] of Object.entries(HEADERS)) {
    it(`has no room for a whole ${name} header of which it keeps a part`, async (test) => {
      const app = await sessionApp(test, { prepare: (it) => it.set("trust proxy", 1) });
      let browsers = 0;
      const begin = async (count: number): Promise<number> => {
        for (let i = 0; i < count; i++) {
          const begun = await app.act((session) => session.signIn(i), {
            by: app.agent.newBrowser(),
            headers: { [name]: value(browsers++) },
          });
          assert.equal(begun.status, 200);
        }
        app.takeEvents();
        collect();
        return process.memoryUsage().heapUsed;
      };
      const before = await begin(SESSIONS);
      const each = ((await begin(SESSIONS)) - before) / SESSIONS;
      assert.ok(each < LONG / 2, `${each} bytes`);
    });
  }
});
