import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { createClientPool } from "redis";
import { createClientPool as createClientPool5 } from "redis5";
import { found, type RedisServer, startRedis } from "test-servers";
import { RedisStore } from "../../../src/store/redis.ts";
import { NOW, newHandle, newUser, record } from "../records.ts";
import { adminFor, newPrefix, singleClients, storeFor } from "./redis-clients.ts";

const { server, skip } = await found(() => startRedis({ durable: true }));
const url = server?.url ?? "";
after(() => server?.stop());

/** Asks again until the store answers: clients connect again by themselves, in their own time. */
async function recovered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 500) throw error;
      await delay(10);
    }
  }
}

async function ownServer(test: TestContext, args: readonly string[] = []): Promise<RedisServer> {
  const own = await startRedis({ args });
  test.after(() => own.stop());
  return own;
}

describe("a Redis store, when the server is in trouble", { skip }, () => {
  for (const [name, make] of Object.entries(singleClients)) {
    it(`with ${name} fails at once while it is down, and goes on with what was there when it is back`, async (test) => {
      const store = storeFor(test, url, {}, make);
      const handle = newHandle();
      await store.create(handle, record(), NOW);
      await server?.kill();
      await assert.rejects(failing(store, handle), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
      const began = performance.now();
      const answers = await Promise.allSettled(
        Array.from({ length: 500 }, () => store.update(handle, 1, record(), NOW)),
      );
      assert.ok(answers.every(({ status }) => status === "rejected"));
      assert.ok(performance.now() - began < 2_000, "nothing waits for the server");
      await server?.start();
      // Not one of the updates above is made later.
      assert.equal((await recovered(() => store.read(handle, NOW)))?.version, 1);
      assert.equal(await recovered(() => store.update(handle, 1, record(), NOW)), true);
      assert.equal((await store.read(handle, NOW))?.version, 2);
    });

    it(`with ${name} gives the server scripts that it has lost`, async (test) => {
      const store = storeFor(test, url, {}, make);
      const [handle, user] = [newHandle(), newUser()];
      for (const step of [
        () => store.create(handle, record({ user }), NOW),
        () => store.update(handle, 1, record({ user }), NOW),
        () => store.touch([{ handle, version: 2, expiresAt: NOW + 5, header: Buffer.from("") }], NOW),
        () => store.deleteUser([user], NOW),
        () => store.writeValue("name", 0, Buffer.from("value"), NOW),
      ]) {
        await adminFor(test, url).script("FLUSH");
        await step();
      }
      assert.equal(await store.read(handle, NOW), null);
    });
  }

  it("says that it is full when it has no memory left, and goes on reading and deleting", async (test) => {
    const own = await ownServer(test);
    const store = storeFor(test, own.url);
    const handle = newHandle();
    await store.create(handle, record({ user: newUser() }), NOW);
    await adminFor(test, own.url).config("SET", "maxmemory", "1");
    const full = { code: "ERR_HOLDFAST_STORE_FULL", status: 503 };
    await assert.rejects(store.create(newHandle(), record(), NOW), full);
    await assert.rejects(store.update(handle, 1, record(), NOW), full);
    assert.equal((await store.read(handle, NOW))?.version, 1);
    assert.equal(await store.delete(handle, NOW), true);
  });

  it("ends sessions though it is full, and so makes room to say that it has", async (test) => {
    const own = await ownServer(test);
    const store = storeFor(test, own.url);
    const admin = adminFor(test, own.url);
    const body = Buffer.alloc(100_000);
    for (const [kind, end] of [
      ["deleteUser", (user: string) => store.deleteUser([user], NOW)],
      ["deleteAll", () => store.deleteAll(NOW)],
    ] as const) {
      const user = newUser();
      const handles = Array.from({ length: 50 }, newHandle);
      for (const handle of handles) await store.create(handle, record({ user, body }), NOW);
      const generation = await store.userGeneration(user);
      const used = Number(/^used_memory:(\d+)/m.exec(await admin.info("memory"))?.[1]);
      await admin.config("SET", "maxmemory", kind === "deleteUser" ? used - 1_000_000 : used - 1_000);
      await assert.rejects(store.create(newHandle(), record(), NOW), { code: "ERR_HOLDFAST_STORE_FULL" });
      await end(user);
      for (const handle of handles) assert.equal(await store.read(handle, NOW), null);
      await admin.config("SET", "maxmemory", 0);
      assert.equal(await store.create(newHandle(), record({ user }), NOW, generation), "revoked", kind);
    }
  });

  it("says nothing of what it was sent", async (test) => {
    for (const make of Object.values(singleClients)) {
      const own = await ownServer(test);
      const store = storeFor(test, own.url, {}, make);
      await store.open();
      await adminFor(test, own.url).config("SET", "maxmemory", "1");
      const body = Buffer.from("what nobody may see");
      const error: unknown = await store.create(newHandle(), record({ body }), NOW).catch((it) => it);
      const words = inspect(error, { depth: null, showHidden: true });
      assert.match(words, /OOM/);
      assert.ok(!words.includes("nobody may see") && !words.includes(body.toString("hex", 0, 8)));
      assert.ok(!words.includes("args"));
    }
  });

  it("does not take a replica's word, nor a loading server's", async (test) => {
    const own = await ownServer(test);
    const store = storeFor(test, own.url);
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    await adminFor(test, own.url).replicaof("127.0.0.1", "1");
    await assert.rejects(store.update(handle, 1, record(), NOW), {
      code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
      message: /read-only replica|lost its master/,
    });
  });

  it("ends every session at once after FLUSHALL, and takes new ones", async (test) => {
    const own = await ownServer(test);
    const store = storeFor(test, own.url);
    const [handle, user] = [newHandle(), newUser()];
    await store.create(handle, record({ user }), NOW);
    await adminFor(test, own.url).flushall();
    assert.equal(await store.read(handle, NOW), null);
    assert.equal(await store.update(handle, 1, record({ user }), NOW), false);
    assert.deepEqual(await store.listUser([user], NOW), []);
    assert.equal(await store.create(handle, record({ user }), NOW), "created");
    assert.equal((await store.listUser([user], NOW)).length, 1);
  });

  it("brings no session back where the server has evicted what it must not", async (test) => {
    const own = await ownServer(test);
    const store = storeFor(test, own.url, { prefix: "p:" });
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    const outside = adminFor(test, own.url);
    const epochs = await outside.keys("p:e:*");
    await outside.del(...epochs);
    assert.equal(await store.read(handle, NOW), null);
    assert.equal(await store.update(handle, 1, record(), NOW), false);
    await store.create(newHandle(), record(), NOW);
    assert.equal(await store.read(handle, NOW), null);
  });
});

describe("a Redis store with `durable`", { skip }, () => {
  it("acknowledges what the replicas have, and fails what they do not have in time", async (test) => {
    const args = ["--repl-diskless-sync-delay", "0"];
    const [master, replica] = [await ownServer(test, args), await ownServer(test)];
    const outside = adminFor(test, replica.url);
    await outside.replicaof("127.0.0.1", String(master.port));
    for (const [name, make] of Object.entries(singleClients)) {
      const store = storeFor(test, master.url, { durable: { replicas: 1, timeout: 300 } }, make);
      const [handle, user] = [newHandle(), newUser()];
      await recovered(() => store.open());
      assert.equal(await store.create(handle, record({ user }), NOW), "created", name);
      assert.ok((await outside.keys("*")).some((key) => key.endsWith(handle)));
      assert.equal(await store.deleteUser([user], NOW), 1);
      assert.ok(!(await outside.keys("*")).some((key) => key.endsWith(handle)));
      replica.freeze();
      try {
        await assert.rejects(store.create(newHandle(), record(), NOW), {
          code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
          message: /0 of 1 replicas/,
        });
      } finally {
        replica.thaw();
      }
      assert.equal(await recovered(() => store.create(newHandle(), record(), NOW)), "created");
    }
  });
});

describe("a Redis store with `durable` on a pool of connections", { skip }, () => {
  it("waits for the replicas on the connection that made the change", async (test) => {
    const args = ["--repl-diskless-sync-delay", "0"];
    const [master, replica] = [await ownServer(test, args), await ownServer(test)];
    await adminFor(test, replica.url).replicaof("127.0.0.1", String(master.port));
    const { url } = master;
    const size = { minimum: 4 };
    for (const client of [createClientPool({ url }, size), createClientPool5({ url }, size)]) {
      const options = { prefix: newPrefix(), durable: { replicas: 1, timeout: 50 } };
      const store = new RedisStore(client, options);
      test.after(() => store.close());
      await recovered(() => store.open());
      assert.equal(await store.create(newHandle(), record(), NOW), "created");
      replica.freeze();
      try {
        for (let times = 0; times < 4; times++) {
          await assert.rejects(store.create(newHandle(), record(), NOW), { message: /0 of 1 replicas/ });
        }
      } finally {
        replica.thaw();
      }
    }
  });
});

/** Rejects once the client has noticed that the server is gone. Some keep what is under way until it is back. */
async function failing(store: RedisStore, handle: string): Promise<void> {
  for (;;) await Promise.race([store.read(handle, NOW), delay(50)]);
}
