import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError, MemoryStore } from "../../src/index.ts";
import { sessionApp, set } from "../support/session-app.ts";

/** A store in which somebody else is always faster. */
class AlwaysLate extends MemoryStore<unknown> {
  override update(): boolean {
    return false;
  }
}

describe("a session that others always change first", () => {
  it("is given up after a bounded number of attempts, and the reply says so", async (test) => {
    const app = await sessionApp(test, { store: new AlwaysLate() });
    await app.agent.signIn("anna");
    const reply = await app.act(set({ a: 1 }));
    assert.equal(reply.status, 503);
  });

  it("is given up by update() too, with its own code", async (test) => {
    const app = await sessionApp(test, { store: new AlwaysLate() });
    await app.agent.signIn("anna");
    const reply = await app.act(async (session) => {
      const failure = await session
        .update((s) => Object.assign(s, { n: 1 }))
        .catch((error: unknown) => error);
      delete session.n;
      return { code: failure instanceof HoldfastError ? failure.code : failure };
    });
    assert.deepEqual(reply.json(), { code: "ERR_HOLDFAST_CONFLICT" });
  });
});
