import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CachedStore } from "../../../src/store/cached/cached-store.ts";
import { bytes, newHandle, newUser, record } from "../../../src/testing/conformance/trial.ts";
import { MAX_STALE, Nodes, settled, slowReply } from "./nodes.ts";

const NOW = Date.UTC(2026, 0, 1);

async function oneNode() {
  const nodes = new Nodes();
  const [node] = await nodes.serving(1);
  assert.ok(node);
  node.store.calls.length = 0;
  return { ...node, nodes, reads: () => node.store.calls.filter((call) => call === "read").length };
}

describe("a cached read", () => {
  it("asks the store once for what is read several times within maxStale", async () => {
    const { cache, reads, nodes } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    const first = await cache.read(handle, NOW);
    assert.equal(cache.read(handle, NOW), first, "the same object, at once");
    await nodes.pass(MAX_STALE - 1);
    assert.equal(cache.read(handle, NOW + MAX_STALE - 1), first);
    assert.equal(reads(), 1);
  });

  it("asks again once maxStale has passed on the monotonic clock, whatever the time of day says", async () => {
    const { cache, reads, nodes } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    await cache.read(handle, NOW);
    await nodes.pass(MAX_STALE);
    await cache.read(handle, NOW);
    assert.equal(reads(), 2);
  });

  it("asks again once maxStale has passed by the time of day, for the monotonic clock may have stood still", async () => {
    const { cache, reads } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    for (const now of [NOW, NOW + MAX_STALE, NOW - 1]) await cache.read(handle, now);
    assert.equal(reads(), 3);
  });

  it("counts maxStale from the start of the read, however late the answer came", async () => {
    const { cache, store, reads, nodes } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    const { reached, release } = store.hold("read");
    const slow = cache.read(handle, NOW);
    await reached;
    await nodes.pass(MAX_STALE - 1);
    release();
    await slow;
    await cache.read(handle, NOW);
    assert.equal(reads(), 1);
    await nodes.pass(1);
    await cache.read(handle, NOW);
    assert.equal(reads(), 2);
  });

  it("does not remember that there is nothing", async () => {
    const { cache, reads } = await oneNode();
    const handle = newHandle();
    assert.equal(await cache.read(handle, NOW), null);
    await cache.create(handle, record(NOW), NOW);
    assert.ok(await cache.read(handle, NOW));
    assert.equal(reads(), 2);
  });

  it("finds nothing where the remembered session has expired by the reader's time", async () => {
    const { cache } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW, { expiresAt: NOW + 10 }), NOW);
    assert.ok(await cache.read(handle, NOW + 9));
    assert.equal(await cache.read(handle, NOW + 10), null);
  });

  it("asks the store where a fresh answer is wanted, and remembers that one", async () => {
    const { cache, nodes, reads } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    await cache.read(handle, NOW);
    // Changed behind its back, as another process's change is before it has been acknowledged.
    await nodes.shared.update(handle, 1, record(NOW, { body: bytes("new") }), NOW);
    const version = async (fresh?: boolean) => (await cache.read(handle, NOW, fresh))?.version;
    assert.deepEqual([await version(), await version(true), await version()], [1, 2, 2]);
    assert.equal(reads(), 2);
  });

  it("sees its own process's update, touch and delete at once", async () => {
    const { cache } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    await cache.read(handle, NOW);
    await cache.update(handle, 1, record(NOW, { body: bytes("new") }), NOW);
    assert.equal((await cache.read(handle, NOW))?.version, 2);
    await cache.touch([{ handle, version: 2, expiresAt: NOW + 5, header: bytes("") }], NOW);
    assert.equal((await cache.read(handle, NOW))?.expiresAt, NOW + 5);
    await cache.delete(handle, NOW);
    assert.equal(await cache.read(handle, NOW), null);
  });

  it("reads again after an update that was refused", async () => {
    const { cache, nodes } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    await cache.read(handle, NOW);
    await nodes.shared.update(handle, 1, record(NOW), NOW);
    assert.equal(await cache.update(handle, 1, record(NOW), NOW), false);
    assert.equal((await cache.read(handle, NOW))?.version, 2);
  });

  it("reads again after a change that failed: it may have been made all the same", async () => {
    const { cache, store, reads } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    await cache.read(handle, NOW);
    store.fail("update", new Error("lost"));
    await assert.rejects(cache.update(handle, 1, record(NOW), NOW), /lost/);
    await cache.read(handle, NOW);
    assert.equal(reads(), 2);
  });

  it("does not remember what a read brings that was under way during a change of its own process", async () => {
    const changes: readonly ((cache: CachedStore, handle: string, user: string) => Promise<unknown>)[] = [
      (cache, handle) => cache.update(handle, 1, record(NOW), NOW),
      (cache, handle) => cache.delete(handle, NOW),
      (cache, _handle, user) => cache.deleteUser([user], NOW),
      (cache) => cache.deleteAll(NOW),
      (cache) => cache.deleteByKey("k-01", 10),
    ];
    for (const change of changes) {
      const { cache, store } = await oneNode();
      const [handle, user] = [newHandle(), newUser()];
      await cache.create(handle, record(NOW, { user }), NOW);
      const answer = slowReply(store);
      const slow = cache.read(handle, NOW);
      await settled();
      await change(cache, handle, user);
      answer();
      assert.equal((await slow)?.version, 1);
      assert.equal(cache.state.entries, 0);
    }
  });

  it("remembers the later of two reads of one session, whichever is answered first", async () => {
    const { cache, store, nodes } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    const answer = slowReply(store);
    const slow = cache.read(handle, NOW);
    await settled();
    await nodes.shared.update(handle, 1, record(NOW), NOW);
    await cache.read(handle, NOW);
    answer();
    await slow;
    assert.equal((await cache.read(handle, NOW))?.version, 2);
  });

  it("forgets a read that failed, and tries again", async () => {
    const { cache, store } = await oneNode();
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    store.fail("read", new Error("lost"));
    await assert.rejects(async () => cache.read(handle, NOW), /lost/);
    store.fail("read", undefined);
    assert.ok(await cache.read(handle, NOW));
    assert.equal(cache.state.entries, 1);
  });

  it("keeps at most maxEntries sessions, and drops the one read longest ago", async () => {
    const nodes = new Nodes();
    const { cache, store } = nodes.add({ maxEntries: 2 });
    await cache.open();
    await nodes.pass(10_000);
    const handles = [newHandle(), newHandle(), newHandle()];
    for (const handle of handles) {
      await cache.create(handle, record(NOW), NOW);
      await cache.read(handle, NOW);
    }
    assert.equal(cache.state.entries, 2);
    store.calls.length = 0;
    for (const handle of handles.slice(1)) await cache.read(handle, NOW);
    assert.deepEqual(store.calls, []);
  });

  it("keeps at most maxBytes, none of a session that is larger, and only its own bytes of a driver's reply", async () => {
    const nodes = new Nodes();
    const { cache, store } = nodes.add({ maxBytes: 10_000 });
    await cache.open();
    await nodes.pass(10_000);
    const reply = new Uint8Array(1_000_000);
    for (const [size, kept] of [
      [4_000, 1],
      [4_000, 2],
      [4_000, 2],
      [11_000, 2],
    ] as const) {
      const handle = newHandle();
      store.read = async () => record(NOW, { body: reply.subarray(0, size), user: newUser() });
      const found = await cache.read(handle, NOW);
      assert.equal(found?.body.byteLength, size);
      assert.equal(cache.state.entries, kept);
      if (size < 10_000) assert.equal(found?.body.buffer.byteLength, size);
      assert.ok(cache.state.bytes <= 10_000);
    }
  });

  it("keeps nothing that is over when another session is read", async () => {
    const { cache, nodes } = await oneNode();
    for (const pause of [MAX_STALE, 0]) {
      const handle = newHandle();
      await cache.create(handle, record(NOW), NOW);
      await cache.read(handle, NOW);
      await nodes.pass(pause);
    }
    assert.equal(cache.state.entries, 1);
  });
});
