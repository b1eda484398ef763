import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MemoryStore } from "../../../src/store/memory.ts";
import { type Library, serveLegacy, sideBySide } from "../../support/side-by-side.ts";

const VISITORS = 50;

describe("MemoryStore", () => {
  it("does not keep sessions that expired and that nobody asks for again", async (test) => {
    const outcome = await sideBySide(async (library) => {
      test.mock.timers.reset();
      test.mock.timers.enable({ apis: ["Date"], now: Date.UTC(2030, 0, 1) });
      const store = new library.MemoryStore();
      const { agent } = await serveLegacy(
        test,
        library,
        { store, cookie: { maxAge: 60_000 } },
        (req, res) => {
          req.session.n = 1;
          res.end();
        },
      );
      for (let i = 0; i < VISITORS; i++) await agent.newBrowser().get("/");
      const before = kept(store);
      test.mock.timers.tick(24 * 3_600_000);
      for (let i = 0; i < VISITORS; i++) await agent.newBrowser().get("/");
      return { before, after: kept(store) };
    });
    assert.deepEqual(outcome.expressSession, { before: VISITORS, after: 2 * VISITORS });
    assert.deepEqual(outcome.compat, { before: VISITORS, after: VISITORS });
  });
});

/** How many sessions the store has in memory, expired ones included: as if it were still the day they were made. */
function kept(store: InstanceType<Library["MemoryStore"]>): number {
  const { records, sessions } = store as { records?: MemoryStore<unknown>; sessions?: object };
  const page = records?.scan(0, { limit: Number.POSITIVE_INFINITY });
  return page === undefined ? Object.keys(sessions ?? {}).length : [...page].length;
}
