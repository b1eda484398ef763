import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StoredRecord } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { NOW, record } from "./records.ts";

const OVERHEAD = 1_000;
const USERS = ["user-a", "user-b"];

interface Step {
  readonly act: "create" | "update" | "touch" | "delete" | "deleteUser" | "prune";
  readonly handle: string;
  readonly user: string | null;
  readonly life: number;
  readonly size: number;
  readonly wait: number;
}

const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom(
      "create",
      "create",
      "create",
      "update",
      "touch",
      "touch",
      "delete",
      "deleteUser",
      "prune",
    ),
    handle: fc.constantFrom(..."abcdefghijkl"),
    user: fc.constantFrom(null, null, ...USERS),
    life: fc.integer({ min: 1, max: 50 }),
    size: fc.integer({ min: 0, max: 60 }),
    wait: fc.integer({ min: 0, max: 8 }),
  }),
  { minLength: 20, maxLength: 120 },
);

/** A store that does the obvious thing, without a limit. */
class Model {
  readonly records = new Map<string, StoredRecord>();

  step(step: Step, now: number): unknown {
    const { act, handle, user } = step;
    const live = this.live(handle, now);
    const next = made(step, now);
    if (act === "create") {
      if (live !== undefined) return "exists";
      this.records.set(handle, next);
      return "created";
    }
    if (act === "update") {
      if (live !== undefined) this.records.set(handle, { ...next, version: live.version + 1 });
      return live !== undefined;
    }
    if (act === "touch") {
      if (live !== undefined)
        this.records.set(handle, { ...live, expiresAt: next.expiresAt, header: next.header });
      return live === undefined ? [] : [handle];
    }
    if (act === "delete") {
      this.records.delete(handle);
      return live !== undefined;
    }
    if (act === "deleteUser") {
      const doomed = [...this.records].filter(([, found]) => found.user === (user ?? "nobody"));
      for (const [name] of doomed) this.records.delete(name);
      return doomed.filter(([, found]) => found.expiresAt > now).length;
    }
    return undefined;
  }

  live(handle: string, now: number): StoredRecord | undefined {
    const found = this.records.get(handle);
    return found !== undefined && found.expiresAt > now ? found : undefined;
  }

  handlesOf(user: string, now: number): string[] {
    return [...this.records.keys()].filter((handle) => this.live(handle, now)?.user === user).sort();
  }
}

function made({ user, life, size }: Step, now: number): StoredRecord {
  return record({ user, expiresAt: now + life, header: new Uint8Array(10), body: new Uint8Array(size) });
}

function run(store: MemoryStore, step: Step, now: number): unknown {
  const { act, handle, user } = step;
  const version = store.read(handle, now)?.version ?? 1;
  const { expiresAt, header } = made(step, now);
  if (act === "create") return store.create(handle, made(step, now), now);
  if (act === "update") return store.update(handle, version, made(step, now), now);
  if (act === "touch") return store.touch([{ handle, version, expiresAt, header }], now);
  if (act === "delete") return store.delete(handle, now);
  if (act === "deleteUser") return store.deleteUser([user ?? "nobody"], now);
  store.prune(now, 3);
  return undefined;
}

describe("the memory store under any sequence of operations", () => {
  it("answers as a plain map would", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const store = new MemoryStore();
        const model = new Model();
        let now = NOW;
        for (const step of sequence) {
          now += step.wait;
          assert.deepEqual(run(store, step, now), model.step(step, now));
          for (const handle of "abcdefghijkl") {
            assert.deepEqual(store.read(handle, now), model.live(handle, now) ?? null);
          }
          for (const user of USERS) {
            const listed = store.listUser([user], now).map(({ handle }) => handle);
            assert.deepEqual(listed.sort(), model.handlesOf(user, now));
          }
        }
        for (const after of "adgj") {
          const expected = [...model.records.keys()].filter(
            (handle) => handle > after && model.live(handle, now),
          );
          const scanned = store.scan(now, { after, limit: 3 }).map(({ handle }) => handle);
          assert.deepEqual(scanned, expected.sort().slice(0, 3));
        }
        while (store.prune(now + 100, 3) > 0);
        assert.deepEqual([store.size, store.bytes], [0, 0]);
      }),
      { numRuns: 150 },
    );
  });

  it("keeps to its limits, counts right, and never ends a signed-in session for an anonymous one", () => {
    const limits = fc.record({
      maxSessions: fc.integer({ min: 1, max: 6 }),
      maxBytes: fc.integer({ min: OVERHEAD, max: 6 * OVERHEAD }),
    });
    fc.assert(
      fc.property(limits, steps, ({ maxSessions, maxBytes }, sequence) => {
        const store = new MemoryStore({ maxSessions, maxBytes, onWarning: () => {} });
        let now = NOW;
        for (const step of sequence) {
          now += step.wait;
          const signedIn = USERS.flatMap((user) => store.listUser([user], now)).map(({ handle }) => handle);
          try {
            run(store, step, now);
          } catch (error) {
            assert.equal(Reflect.get(error as Error, "code"), "ERR_HOLDFAST_STORE_FULL");
          }
          assert.ok(store.size <= maxSessions && store.bytes <= maxBytes);
          // Read as of the beginning, so that what has expired but not been freed counts as well.
          const held = [..."abcdefghijkl"]
            .map((handle) => store.read(handle, NOW - 1))
            .filter((found) => found !== null);
          assert.equal(store.size, held.length);
          const weights = held.map(({ header, body }) => header.length + body.length + OVERHEAD);
          assert.equal(
            store.bytes,
            weights.reduce((sum, weight) => sum + weight, 0),
          );
          if (step.act === "create" && step.user === null) {
            for (const handle of signedIn)
              assert.ok(store.read(handle, now), "a signed-in session was ended");
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
