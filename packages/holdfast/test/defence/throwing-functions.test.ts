import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { crossOrigin, requireCsrfToken, resourceIsolation } from "../../src/defence/index.ts";
import { type SessionOptions, session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/index.ts";
import { strongSecret } from "../support/session-app.ts";

const EVIL = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", origin: "https://evil.example" };
const throws = (): never => {
  throw new Error("broken");
};
const rejects = (): never => Promise.reject(new Error("broken")) as never;

type Guard = ReturnType<typeof crossOrigin>;

/** A bare server, where nobody catches what is thrown: the test's process would end. */
async function bare(test: TestContext, guard?: Guard, options: SessionOptions = {}): Promise<TestAgent> {
  const sessions = session({ secret: strongSecret(), onWarning: () => {}, ...options });
  const done = (res: { end(text: string): unknown }) => (): void => void res.end("done");
  const agent = await testAgent(
    (req, res) => sessions(req, res, guard === undefined ? done(res) : () => guard(req, res, done(res))),
    { sessions },
  );
  test.after(async () => {
    await agent.close();
    await sessions.close();
  });
  return agent;
}

/** The warnings that come until the test ends. */
function warnings(test: TestContext): string[] {
  const told: string[] = [];
  test.mock.method(process, "emitWarning", (message: string) => void told.push(message));
  return told;
}

for (const [how, broken] of Object.entries({ throws, rejects })) {
  describe(`a function of the app's that ${how}, on bare node:http`, () => {
    it("exempts nothing, and is told of once", async (test) => {
      for (const [guard, method] of [
        [crossOrigin({ exempt: () => broken() }), "POST"],
        [requireCsrfToken({ exempt: () => broken() }), "POST"],
        [resourceIsolation({ exempt: () => broken() }), "GET"],
      ] as const) {
        const told = warnings(test);
        const agent = await bare(test, guard);
        for (const _ of [1, 2]) assert.equal((await agent.send("/", { method, headers: EVIL })).status, 403);
        await new Promise(setImmediate);
        assert.equal(told.length, 1);
        assert.match(told[0] ?? "", /`exempt` threw: Error: broken$/);
        test.mock.restoreAll();
      }
    });

    it("exempts nothing from the check of session()", async (test) => {
      const told = warnings(test);
      const agent = await bare(test, undefined, { crossOrigin: { exempt: () => broken() } });
      await agent.signIn("anna");
      assert.equal((await agent.post("/", "", { headers: EVIL })).status, 403);
      assert.equal(told.length, 1);
    });

    it("changes nothing of a refusal that it is told", async (test) => {
      for (const [guard, method] of [
        [crossOrigin({ onRefusal: () => broken() }), "POST"],
        [requireCsrfToken({ onRefusal: () => broken() }), "POST"],
        [resourceIsolation({ onRefusal: () => broken() }), "GET"],
      ] as const) {
        const told = warnings(test);
        const agent = await bare(test, guard);
        for (const _ of [1, 2]) assert.equal((await agent.send("/", { method, headers: EVIL })).status, 403);
        assert.deepEqual(told, ["`onRefusal` threw: Error: broken"]);
        test.mock.restoreAll();
      }
    });
  });
}

it("a listener that throws lets requests go on that are only reported", async (test) => {
  const told = warnings(test);
  const agent = await bare(test, crossOrigin({ insecureReportOnly: true, onRefusal: throws }));
  assert.equal((await agent.post("/", "", { headers: EVIL })).text, "done");
  assert.equal(told.length, 1);
});
