import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import {
  type LegacyOptions,
  type Library,
  libraries,
  serveLegacy,
  settle,
} from "../../support/side-by-side.ts";

describe("A save that fails", () => {
  const success = { status: 200, text: "thank you", cookies: 1, errors: ["the disk is full"] };
  const failure = { status: 500, text: "the app's error page", cookies: 0, errors: ["the disk is full"] };

  it("is answered as a success by express-session, and by us for its sake", async (test) => {
    assert.deepEqual(await afterFailedSave(test, libraries.expressSession, {}), success);
    assert.deepEqual(await afterFailedSave(test, libraries.compat, {}), success);
  });

  it("is an error reply with `strict`, which express-session does not know", async (test) => {
    const options: LegacyOptions & { strict: boolean } = { strict: true };
    assert.deepEqual(await afterFailedSave(test, libraries.expressSession, options), success);
    assert.deepEqual(await afterFailedSave(test, libraries.compat, options), failure);
  });
});

async function afterFailedSave(
  test: TestContext,
  library: Library,
  options: LegacyOptions,
): Promise<unknown> {
  const store = legacyStore(library);
  store.fail("set", new Error("the disk is full"));
  const { agent, errors } = await serveLegacy(test, library, { store, ...options }, (req, res) => {
    req.session.paid = true;
    res.end("thank you");
  });
  const { status, text, setCookie } = await agent.get("/");
  await settle();
  return { status, text, cookies: setCookie.length, errors };
}
