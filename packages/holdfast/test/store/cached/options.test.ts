import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CachedOptions, cached, postgresChannel, redisChannel } from "../../../src/store/cached.ts";
import type { Store } from "../../../src/store/contract.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { FakeNetwork, sharedMemory } from "./nodes.ts";

const channel = new FakeNetwork().join();

function refusal(code: string, message: RegExp) {
  return (error: { code?: string; message: string }): boolean => {
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

describe("cached()", () => {
  it("remembers for two seconds unless told otherwise, and says how long a change may take", () => {
    const { capabilities } = cached(new SqliteStore(":memory:"), { channel });
    const { settlesWithin, ...others } = capabilities;
    assert.ok(settlesWithin !== undefined && settlesWithin >= 2_000 && settlesWithin < 2_200);
    assert.deepEqual(others, { ...new SqliteStore(":memory:").capabilities, sync: false });
  });

  it("refuses what makes no sense", () => {
    const lacking = Object.assign(Object.create(sharedMemory()), {
      capabilities: { location: "shared", sync: false, lacks: ["values"], forgetsAfter: [] },
    }) as Store;
    const wrong: readonly (readonly [Store, unknown, string, RegExp])[] = [
      [new MemoryStore() as Store, { channel }, "ERR_HOLDFAST_OPTION", /across a network/],
      [lacking, { channel }, "ERR_HOLDFAST_OPTION", /values/],
      [sharedMemory(), {}, "ERR_HOLDFAST_OPTION", /`channel`/],
      [sharedMemory(), { channel: {} }, "ERR_HOLDFAST_OPTION", /`channel`/],
      [sharedMemory(), { channel, maxStale: "61s" }, "ERR_HOLDFAST_OPTION", /longer than 1m/],
      [sharedMemory(), { channel, maxStale: 0 }, "ERR_HOLDFAST_DURATION", /maxStale/],
      [sharedMemory(), { channel, maxEntries: 0 }, "ERR_HOLDFAST_OPTION", /maxEntries/],
      [sharedMemory(), { channel, maxBytes: 1.5 }, "ERR_HOLDFAST_OPTION", /maxBytes/],
      [sharedMemory(), { channel, maxAge: 5 }, "ERR_HOLDFAST_OPTION_UNKNOWN", /maxAge/],
    ];
    for (const [store, options, code, message] of wrong)
      assert.throws(() => cached(store, options as CachedOptions), refusal(code, message));
  });
});

describe("channels", () => {
  const client = { publish: () => {}, subscribe: () => {}, unsubscribe: () => {}, on: () => {} };

  it("refuse what is no client, and names that the server would not take", () => {
    const redis: readonly (readonly [unknown, RegExp])[] = [
      [{ publisher: client }, /`subscriber`/],
      [{ publisher: {}, subscriber: client }, /`publisher`/],
      [{ publisher: client, subscriber: client, name: "" }, /`name`/],
    ];
    for (const [options, message] of redis)
      assert.throws(
        () => Reflect.apply(redisChannel, undefined, [options]),
        refusal("ERR_HOLDFAST_OPTION", message),
      );
    const notifier = { query: () => {} };
    const listener = () => client;
    const postgres: readonly (readonly [unknown, RegExp])[] = [
      [{ notifier: {}, listener }, /`notifier`/],
      [{ notifier, listener: client }, /`listener`/],
      [{ notifier, listener, name: 'x"; DROP TABLE sessions' }, /`name`/],
      [{ notifier, listener, name: "x".repeat(64) }, /`name`/],
    ];
    for (const [options, message] of postgres)
      assert.throws(
        () => Reflect.apply(postgresChannel, undefined, [options]),
        refusal("ERR_HOLDFAST_OPTION", message),
      );
    assert.throws(
      () => Reflect.apply(redisChannel, undefined, [{ publisher: client, subscriber: client, nmae: "x" }]),
      refusal("ERR_HOLDFAST_OPTION_UNKNOWN", /nmae/),
    );
  });
});
