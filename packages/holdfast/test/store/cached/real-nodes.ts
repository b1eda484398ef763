import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CachedStore } from "../../../src/store/cached/cached-store.ts";
import type { InvalidationChannel } from "../../../src/store/cached/channel.ts";
import { cachedSettings } from "../../../src/store/cached/options.ts";
import { systemTools } from "../../../src/store/cached/tools.ts";
import type { Store } from "../../../src/store/contract.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { newHandle, record } from "../../../src/testing/conformance/trial.ts";
import type { ConformanceSubject } from "../../../src/testing/store-conformance.ts";
import { newFolder } from "../databases.ts";
import { FakeTools } from "./nodes.ts";

/** Shorter than in life, so that processes serve soon after they have started. */
const LEASE = 1_000;
const PATIENCE = 20_000;

/**
 * Two processes for the conformance suite that serve from memory, on a store and a channel that are real. Their own time
 * passes at the start only, so that nobody's lease is over because the machine is busy.
 */
export async function twoServing(start: () => [Store, InvalidationChannel]): Promise<ConformanceSubject> {
  const all: FakeTools[] = [];
  const open = async (): Promise<CachedStore> => {
    const [inner, channel] = start();
    const tools = new FakeTools();
    all.push(tools);
    const cache = new CachedStore(inner, cachedSettings(inner, { channel }), tools);
    await cache.open();
    return cache;
  };
  const store = await open();
  return {
    store,
    async reopen() {
      const other = await open();
      await until(async () => {
        for (const tools of all) await tools.pass(500);
        return [store, other].every(({ state }) => state.serving && state.others === 1);
      });
      return other;
    },
    close: () => store.close(),
  };
}

export interface RealNodes {
  readonly one: CachedStore;
  readonly two: CachedStore;
  /** Resolves when both serve from memory. */
  serving(): Promise<void>;
}

/** Two processes on one store and a real channel, in real time; closed after the test. */
export async function realNodes(
  test: TestContext,
  channel: () => InvalidationChannel,
  { maxStale = 30_000, store = sqliteFile(test) }: { maxStale?: number; store?: () => Store } = {},
): Promise<RealNodes> {
  const start = (): CachedStore => {
    const inner = store();
    const settings = { ...cachedSettings(inner, { channel: channel(), maxStale }), lease: LEASE };
    return new CachedStore(inner, settings, systemTools);
  };
  const [one, two] = [start(), start()] as const;
  test.after(() => Promise.all([one.close(), two.close()]));
  await Promise.all([one.open(), two.open()]);
  const serving = (): Promise<void> =>
    until(() => [one, two].every(({ state }) => state.serving && state.others === 1));
  await serving();
  return { one, two, serving };
}

function sqliteFile(test: TestContext): () => Store {
  const folder = newFolder();
  test.after(folder.remove);
  return () => new SqliteStore(join(folder.path, "sessions.db"));
}

/** Waits until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE;
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpAt, "it has not become so");
    await delay(10);
  }
}

/** A new session that the second process remembers, and how long the first takes to delete it, in milliseconds. */
export async function timeOfDelete({ one, two }: RealNodes): Promise<number> {
  const [handle, now] = [newHandle(), Date.now()];
  await one.create(handle, record(now), now);
  await two.read(handle, now);
  assert.equal(two.state.entries, 1);
  const start = performance.now();
  assert.equal(await one.delete(handle, now), true);
  const took = performance.now() - start;
  assert.equal(await two.read(handle, now), null);
  return took;
}
