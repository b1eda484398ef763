import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CachedStore } from "../../../src/store/cached/cached-store.ts";
import { bytes, newHandle, newUser, record } from "../../../src/testing/conformance/trial.ts";
import { type CacheNode, LEASE, MAX_STALE, Nodes, settled, slowReply, watched } from "./nodes.ts";

const NOW = Date.UTC(2026, 0, 1);

async function twoNodes() {
  const nodes = new Nodes();
  const [one, two] = (await nodes.serving(2)) as [CacheNode, CacheNode];
  const [handle, user] = [newHandle(), newUser()];
  await one.cache.create(handle, record(NOW, { user }), NOW);
  assert.ok(await two.cache.read(handle, NOW));
  assert.equal(two.cache.state.entries, 1);
  return { nodes, one, two, handle, user };
}

type Change = (cache: CachedStore, handle: string, user: string) => Promise<unknown>;

const REVOKES: Readonly<Record<string, Change>> = {
  delete: (cache, handle) => cache.delete(handle, NOW),
  deleteUser: (cache, _handle, user) => cache.deleteUser([newUser(), user], NOW),
  deleteAll: (cache) => cache.deleteAll(NOW),
  deleteByKey: (cache) => cache.deleteByKey("k-01", 10),
  "create that evicts": (cache, _handle, user) =>
    cache.create(newHandle(), record(NOW, { user }), NOW, undefined, {
      users: [user],
      most: 1,
      beyond: "evict",
    }),
};

const CHANGES: Readonly<Record<string, Change>> = {
  ...REVOKES,
  update: (cache, handle) => cache.update(handle, 1, record(NOW, { body: bytes("new") }), NOW),
  touch: (cache, handle) =>
    cache.touch([{ handle, version: 1, expiresAt: NOW + 5, header: bytes("seen") }], NOW),
};

for (const [name, change] of Object.entries(CHANGES)) {
  describe(`${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`, () => {
    it("is answered once the other process has acknowledged it, and no time need pass", async () => {
      const { nodes, one, two, handle, user } = await twoNodes();
      nodes.network.holdBack();
      const waiting = watched(change(one.cache, handle, user));
      await settled();
      assert.equal(waiting.done, false);
      assert.ok(two.cache.read(handle, NOW), "it has not been told yet");
      await nodes.network.release();
      await waiting.promise;
      assert.equal(two.cache.state.entries, 0);
    });

    it("waits for maxStale where the other process does not hear of it, which then serves nothing any more", async () => {
      const { nodes, one, two, handle, user } = await twoNodes();
      nodes.network.cutOff(1);
      const waiting = watched(change(one.cache, handle, user));
      await settled();
      const stale = two.cache.read(handle, NOW);
      assert.equal(stale instanceof Promise, false, "it still serves what it remembers");
      await nodes.pass(MAX_STALE);
      assert.equal(waiting.done, false, "its clock may be slower");
      await nodes.pass(MAX_STALE / 10);
      await waiting.promise;
      two.store.calls.length = 0;
      await two.cache.read(handle, NOW);
      assert.deepEqual(two.store.calls, ["read"]);
    });

    it("waits for maxStale where the acknowledgement is lost", async () => {
      const { nodes, one, handle, user } = await twoNodes();
      nodes.network.passes = (_message, from) => from === 0;
      const waiting = watched(change(one.cache, handle, user));
      await nodes.pass(MAX_STALE / 2);
      assert.equal(waiting.done, false);
      await nodes.pass(MAX_STALE);
      await waiting.promise;
    });

    it("does not come back with a read that was under way at the other process when it was told", async () => {
      const { nodes, one, two, handle, user } = await twoNodes();
      await nodes.pass(MAX_STALE);
      const answer = slowReply(two.store);
      const slow = two.cache.read(handle, NOW);
      await settled();
      await change(one.cache, handle, user);
      answer();
      assert.equal((await slow)?.version, 1, "the engine read before the change");
      assert.equal(two.cache.state.entries, 0);
    });
  });
}

describe("a revoke", () => {
  for (const [name, change] of Object.entries(REVOKES)) {
    it(`leaves the sessions it is not about alone (${name})`, async () => {
      const { one, two, handle, user } = await twoNodes();
      const other = newHandle();
      await one.cache.create(other, record(NOW, { keyId: "k-02", user: newUser() }), NOW);
      await two.cache.read(other, NOW);
      await change(one.cache, handle, user);
      assert.equal(two.cache.state.entries, name === "deleteAll" ? 0 : 1);
    });
  }

  it("that finds nothing waits all the same: whoever came first may still be waiting", async () => {
    const { nodes, one, two, handle } = await twoNodes();
    const third = nodes.add();
    await third.cache.open();
    nodes.network.cutOff(1);
    const first = watched(one.cache.delete(handle, NOW));
    await settled();
    const second = watched(third.cache.delete(handle, NOW));
    await settled();
    assert.ok(two.cache.read(handle, NOW), "still served");
    assert.deepEqual([first.done, second.done], [false, false]);
    await nodes.pass(MAX_STALE * 1.1);
    assert.deepEqual([await first.promise, await second.promise], [true, false]);
  });

  it("does not wait for a process that has left", async () => {
    const { one, two, handle } = await twoNodes();
    await two.cache.close();
    await one.tools.pass(LEASE);
    assert.equal(one.cache.state.others, 0);
    assert.equal(await one.cache.delete(handle, NOW), true);
  });

  it("does not wait for a process that has been dead for long", async () => {
    const { nodes, one, handle } = await twoNodes();
    // The other one's time stands still: no beats, no acknowledgements.
    nodes.network.cutOff(1);
    await nodes.pass(2 * LEASE, [one]);
    assert.equal(one.cache.state.others, 0);
    assert.equal(await one.cache.delete(handle, NOW), true);
  });

  it("waits while a process may only be slow: maxStale each time, until a lease without a sign has passed", async () => {
    const { nodes, one, handle } = await twoNodes();
    nodes.network.cutOff(1);
    await nodes.pass(LEASE - 1_000, [one]);
    const waiting = watched(one.cache.delete(handle, NOW));
    await nodes.pass(MAX_STALE - 500, [one]);
    assert.equal(waiting.done, false);
    await nodes.pass(MAX_STALE, [one]);
    assert.equal(waiting.done, true);
  });

  it("waits as long as the slowest process says that it may serve", async () => {
    const nodes = new Nodes();
    const one = nodes.add();
    const slow = nodes.add({ maxStale: "10s" });
    nodes.add();
    for (const { cache } of nodes.all) await cache.open();
    await nodes.pass(10_000);
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await slow.cache.read(handle, NOW);
    nodes.network.cutOff(1);
    const waiting = watched(one.cache.delete(handle, NOW));
    await settled();
    await nodes.pass(9_500);
    assert.equal(waiting.done, false);
    await nodes.pass(1_000);
    await waiting.promise;
  });

  it("fails, and tells the others all the same, where the list of processes cannot be read", async () => {
    const { nodes, one, two, handle } = await twoNodes();
    one.store.fail("readValue", new Error("down"));
    one.tools.freeze(LEASE);
    await assert.rejects(one.cache.delete(handle, NOW), /down/);
    await settled();
    assert.equal(await nodes.shared.read(handle, NOW), null);
    assert.equal(two.cache.state.entries, 0);
  });

  it("tells the others when the store's answer is lost: it may have been done", async () => {
    const { one, two, handle } = await twoNodes();
    one.store.fail("delete", new Error("lost"));
    await assert.rejects(one.cache.delete(handle, NOW), /lost/);
    await settled();
    assert.equal(two.cache.state.entries, 0);
  });

  it("of a hundred and more sessions' activity goes out in messages that PostgreSQL carries, and is waited for", async () => {
    const { nodes, one, two } = await twoNodes();
    const handles = Array.from({ length: 1_000 }, newHandle);
    for (const handle of handles) {
      await nodes.shared.create(handle, record(NOW), NOW);
      await two.cache.read(handle, NOW);
    }
    await one.cache.touch(
      handles.map((handle) => ({ handle, version: 1, expiresAt: NOW + 5, header: bytes("") })),
      NOW,
    );
    assert.equal(two.cache.state.entries, 1, "the one from before");
    assert.ok(nodes.network.sent.every((message) => Buffer.byteLength(message) < 8_000));
  });

  it("asks nothing of the channel where no other process is on the list", async () => {
    const nodes = new Nodes();
    const [{ cache }] = (await nodes.serving(1)) as [CacheNode];
    const handle = newHandle();
    await cache.create(handle, record(NOW), NOW);
    const before = nodes.network.sent.length;
    await cache.update(handle, 1, record(NOW), NOW);
    await cache.delete(handle, NOW);
    assert.equal(nodes.network.sent.length, before);
  });
});
