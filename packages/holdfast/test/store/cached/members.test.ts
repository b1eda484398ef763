import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newHandle, record } from "../../../src/testing/conformance/trial.ts";
import { type CacheNode, LEASE, MAX_STALE, Nodes, settled, watched } from "./nodes.ts";

const NOW = Date.UTC(2026, 0, 1);
const BEAT = LEASE / 3;

describe("a process that caches", () => {
  it("serves nothing from memory before everybody must know of it", async () => {
    const nodes = new Nodes();
    const { cache } = nodes.add();
    await cache.open();
    await nodes.pass(BEAT);
    assert.equal(cache.state.serving, false, "it has joined just now");
    await nodes.pass(LEASE);
    assert.equal(cache.state.serving, false, "another's clock may be slower");
    await nodes.pass(500);
    assert.equal(cache.state.serving, true);
  });

  it("that joins during a revoke reads the truth: it serves nothing that it read before it counted", async () => {
    const nodes = new Nodes();
    const [one] = (await nodes.serving(1)) as [CacheNode];
    const two = nodes.add();
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await two.cache.open();
    await nodes.pass(BEAT);
    // It is on the list, and the first does not know: it has looked a moment ago.
    await two.cache.read(handle, NOW);
    assert.equal(two.cache.state.entries, 0);
    assert.equal(await one.cache.delete(handle, NOW), true);
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("is waited for by everybody from the moment on that it serves, also by those who looked just before it joined", async () => {
    const nodes = new Nodes();
    const [one] = (await nodes.serving(1)) as [CacheNode];
    const two = nodes.add();
    await two.cache.open();
    // The first looks at the list no more, and its copy gets as old as it may.
    one.store.fail("readValue", new Error("down"));
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await nodes.pass(BEAT, [two]);
    while (!two.cache.state.serving) await nodes.pass(500);
    await two.cache.read(handle, NOW);
    await assert.rejects(one.cache.delete(handle, NOW), /down/);
  });

  it("stops serving when the store takes no more beats, at the latest a lease after the last", async () => {
    const nodes = new Nodes();
    const [{ cache, store }] = (await nodes.serving(1)) as [CacheNode];
    store.fail("writeValue", new Error("down"));
    await nodes.pass(LEASE);
    assert.equal(cache.state.serving, false);
    store.fail("writeValue", undefined);
    await nodes.pass(BEAT);
    assert.equal(cache.state.serving, true, "it has been on the list all the time");
  });

  it("stops serving and leaves the list when it no longer hears itself, so that nobody waits for it", async () => {
    const nodes = new Nodes();
    const [one, two] = (await nodes.serving(2)) as [CacheNode, CacheNode];
    nodes.network.cutOff(1);
    await nodes.pass(LEASE + 2 * BEAT);
    assert.equal(two.cache.state.serving, false);
    assert.equal(one.cache.state.others, 0);
    assert.equal(await one.cache.delete(newHandle(), NOW), false);
    nodes.network.heal();
    await nodes.pass(LEASE + 3 * BEAT);
    assert.equal(two.cache.state.serving, true);
    assert.equal(one.cache.state.others, 1);
  });

  it("serves nothing from before it was struck off the list", async () => {
    const nodes = new Nodes();
    const one = nodes.add();
    const two = nodes.add({ maxStale: "1m" });
    for (const { cache } of nodes.all) await cache.open();
    await nodes.pass(10_000);
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await two.cache.read(handle, NOW);
    // Two's time stands still, and one goes on.
    await nodes.pass(2 * LEASE, [one]);
    assert.equal(await one.cache.delete(handle, NOW), true);
    await nodes.pass(LEASE + 3 * BEAT);
    assert.equal(two.cache.state.serving, true, "it is back");
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("serves nothing from before it was struck off, though the reply to its return was lost", async () => {
    const nodes = new Nodes();
    const one = nodes.add();
    const two = nodes.add({ maxStale: "1m" });
    for (const { cache } of nodes.all) await cache.open();
    await nodes.pass(10_000);
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await two.cache.read(handle, NOW);
    await nodes.pass(2 * LEASE, [one]);
    assert.equal(await one.cache.delete(handle, NOW), true);
    const { writeValue } = two.store;
    two.store.writeValue = async (...args) => {
      if (!(await writeValue(...args))) return false;
      two.store.writeValue = writeValue;
      throw new Error("the reply was lost");
    };
    await nodes.pass(LEASE + 3 * BEAT);
    assert.equal(two.cache.state.serving, true);
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("does not serve between leaving the list and joining again, though it hears itself before", async () => {
    const nodes = new Nodes();
    const [, two] = (await nodes.serving(2)) as [CacheNode, CacheNode];
    nodes.network.cutOff(1);
    while (two.cache.state.serving) await nodes.pass(500);
    nodes.network.heal();
    for (let passed = 0; passed < LEASE; passed += 500) {
      await nodes.pass(500);
      assert.equal(two.cache.state.serving, false);
    }
  });

  it("that was frozen serves nothing it remembers, from the first moment on", async () => {
    const nodes = new Nodes();
    const [one, two] = (await nodes.serving(2)) as [CacheNode, CacheNode];
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    await two.cache.read(handle, NOW);
    const waiting = watched(one.cache.delete(handle, NOW));
    await nodes.pass(MAX_STALE * 1.1, [one]);
    two.tools.freeze(MAX_STALE);
    await waiting.promise;
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("whose virtual machine stood still serves nothing that it reads before it is on the list again", async () => {
    const nodes = new Nodes();
    const [one, two] = (await nodes.serving(2)) as [CacheNode, CacheNode];
    const handle = newHandle();
    await one.cache.create(handle, record(NOW), NOW);
    two.tools.suspend(3 * LEASE);
    await nodes.pass(3 * LEASE, [one]);
    nodes.network.cutOff(1);
    assert.ok(await two.cache.read(handle, NOW));
    assert.equal(await one.cache.delete(handle, NOW), true, "nobody is waited for");
    assert.equal(await two.cache.read(handle, NOW), null);
  });

  it("starts anew where a write of the list was lost on the way back", async () => {
    const nodes = new Nodes();
    const { cache, store, tools } = nodes.add();
    await cache.open();
    const { writeValue } = store;
    store.writeValue = async (...args) => {
      await writeValue(...args);
      throw new Error("the reply was lost");
    };
    await nodes.pass(2 * BEAT);
    store.writeValue = writeValue;
    await nodes.pass(BEAT);
    const since = tools.monotonic();
    while (!cache.state.serving) await nodes.pass(100);
    assert.ok(tools.monotonic() - since >= LEASE);
  });

  it("hears nothing when its list of processes has been lost with the store's data, and joins again", async () => {
    const nodes = new Nodes();
    const [{ cache, store }] = (await nodes.serving(1)) as [CacheNode];
    const { readValue } = store;
    store.readValue = async () => null;
    store.writeValue = async () => true;
    await nodes.pass(BEAT);
    assert.equal(cache.state.serving, false);
    store.readValue = readValue;
    await settled();
  });

  it("refuses a list that it cannot read", async () => {
    for (const value of [
      "",
      "[]",
      "{}",
      '{"v":2,"members":[]}',
      '{"v":1,"members":[["x",1,1]]}',
      '{"v":1,"members":[[]]}',
    ]) {
      const nodes = new Nodes();
      await nodes.shared.writeValue("read-cache", 0, Buffer.from(value), NOW);
      const { cache } = nodes.add();
      await assert.rejects(cache.open(), { code: "ERR_HOLDFAST_STORE_CORRUPT" }, value);
      await assert.rejects(cache.delete(newHandle(), NOW), { code: "ERR_HOLDFAST_STORE_CORRUPT" });
    }
  });

  it("keeps a list of many processes that come, go and beat at once", async () => {
    const nodes = new Nodes();
    await nodes.serving(12);
    for (const { cache } of nodes.all)
      assert.deepEqual([cache.state.serving, cache.state.others], [true, 11]);
    await Promise.all(nodes.all.slice(1).map(({ cache }) => cache.close()));
    const [{ cache }] = nodes.all as [CacheNode];
    await nodes.pass(BEAT, nodes.all.slice(0, 1));
    assert.equal(cache.state.others, 0);
  });
});
