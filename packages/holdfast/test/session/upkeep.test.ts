import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { MemoryStore, type SessionEvent, session } from "../../src/index.ts";
import { signInForTest } from "../../src/testing/index.ts";
import { strongSecret } from "../support/session-app.ts";

const MINUTE = 60_000;

/** A deployment whose timer is moved by the test. */
function deployment(test: { after(action: () => unknown): void }, store: MemoryStore<unknown>) {
  mock.timers.enable({ apis: ["setInterval"] });
  test.after(() => mock.timers.reset());
  let now = 1_000_000;
  const sessions = session({ secret: strongSecret(), store, clock: { now: () => now }, storeTimeout: 50 });
  const events: SessionEvent[] = [];
  sessions.on("*", (event) => events.push(event));
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    mock.timers.tick(MINUTE);
    await new Promise(setImmediate);
  };
  return { sessions, events, pass };
}

describe("upkeep", () => {
  it("removes expired sessions without any request", async (test) => {
    const store = new MemoryStore<unknown>();
    const { sessions, pass } = deployment(test, store);
    await signInForTest(sessions, "anna");
    await pass(MINUTE);
    assert.equal(store.size, 1);
    await pass(13 * 60 * MINUTE);
    assert.equal(store.size, 0);
    await sessions.close();
  });

  it("takes many in small batches, and lets others have their turn between them", async (test) => {
    const asked: string[] = [];
    class Full extends MemoryStore<unknown> {
      #left = 1200;
      override prune(_now: number, limit: number): number {
        const removed = Math.min(limit, this.#left);
        this.#left -= removed;
        asked.push(`${removed} of ${limit}`);
        setImmediate(() => asked.push("a turn"));
        return removed;
      }
    }
    const { sessions, pass } = deployment(test, new Full());
    await pass(MINUTE);
    await sessions.close();
    assert.deepEqual(asked.slice(0, 5), ["500 of 500", "a turn", "500 of 500", "a turn", "200 of 500"]);
  });

  it("reports a store that fails, and tries again", async (test) => {
    class Failing extends MemoryStore<unknown> {
      override prune(): number {
        throw new Error("disk on fire");
      }
    }
    const { sessions, events, pass } = deployment(test, new Failing());
    await pass(MINUTE);
    await pass(MINUTE);
    const failures = events.map((event) => event.type === "store_error" && event.operation);
    assert.deepEqual(failures, ["prune", "prune"]);
    await sessions.close();
  });

  it("does not keep close() waiting for a store that never answers", async (test) => {
    const store = new MemoryStore<unknown>();
    const never = new Promise<number>(() => undefined);
    const { sessions, pass } = deployment(test, Object.assign(store, { prune: () => never }));
    await pass(MINUTE);
    await sessions.close();
  });
});
