import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { Redis } from "ioredis";
import { found, startRedis } from "test-servers";
import { Keys } from "../../../src/store/redis/keys.ts";
import { CONFIRM, CREATE, EXTEND, RESERVE, type Script, UPDATE } from "../../../src/store/redis/scripts.ts";
import { RedisStore } from "../../../src/store/redis.ts";
import { HOUR, NOW, newHandle, newUser, record } from "../records.ts";
import { adminFor, newPrefix, storeFor } from "./redis-clients.ts";

const { server, skip } = await found(startRedis);
const url = server?.url ?? "";
after(() => server?.stop());

/** A client whose next call of a script can be held up, lost on its way, or sent twice, its first answer lost. */
class Interrupted {
  readonly #client = new Redis(url);
  #script = "";
  #instead: () => Promise<void> = async () => undefined;
  #twice = "";

  get status(): string {
    return this.#client.status;
  }

  before(script: Script, instead: () => Promise<void>): void {
    this.#script = script.sha1;
    this.#instead = instead;
  }

  twice(script: Script): void {
    this.#twice = script.sha1;
  }

  async callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown> {
    if (args[0] === this.#twice) {
      this.#twice = "";
      await this.#client.callBuffer(command, ...args);
    }
    if (args[0] === this.#script) {
      this.#script = "";
      await this.#instead();
    }
    return this.#client.callBuffer(command, ...args);
  }

  pipeline = () => this.#client.pipeline();
  connect = () => this.#client.connect();
  quit = () => this.#client.quit();
  disconnect = () => this.#client.disconnect();
  on = (event: "error", listener: (error: unknown) => void) => this.#client.on(event, listener);
  off = (event: "error", listener: (error: unknown) => void) => this.#client.off(event, listener);
}

/** A store with such a client, and another store on the same sessions. */
async function stores(test: TestContext) {
  const prefix = newPrefix();
  const client = new Interrupted();
  test.after(() => client.disconnect());
  const store = new RedisStore(client, { prefix });
  const other = storeFor(test, url, { prefix });
  await store.open();
  await other.open();
  return { store, other, client, keys: new Keys(prefix), admin: adminFor(test, url) };
}

const lost = async (): Promise<void> => {
  throw new Error("the connection broke");
};

describe("a sign-in that is interrupted on Redis", { skip }, () => {
  it("leaves no session if it cannot be confirmed", async (test) => {
    const { store, other, client } = await stores(test);
    const [handle, user] = [newHandle(), newUser()];
    client.before(CONFIRM, lost);
    await assert.rejects(store.create(handle, record({ user }), NOW), {
      code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
    });
    assert.equal(await other.read(handle, NOW), null);
    assert.deepEqual(await other.listUser([user], NOW), []);
  });

  it("under a limit is not lost where the client sends again what it got no answer to", async (test) => {
    const { store, other, client } = await stores(test);
    const [handle, user] = [newHandle(), newUser()];
    await store.create(newHandle(), record({ user }), NOW);
    client.twice(CONFIRM);
    const limit = { users: [user], most: 2, beyond: "evict" } as const;
    assert.equal(await store.create(handle, record({ user }), NOW, 0, limit), "created");
    assert.ok(await other.read(handle, NOW));
    assert.equal((await other.listUser([user], NOW)).length, 2);
  });

  it("is revoked by what happens between writing and confirming", async (test) => {
    const { store, other, client } = await stores(test);
    for (const revoke of [(user: string) => other.deleteUser([user], NOW), () => other.deleteAll(NOW)]) {
      const [handle, user] = [newHandle(), newUser()];
      const generation = await store.userGeneration(user);
      client.before(CONFIRM, async () => {
        await revoke(user);
      });
      assert.equal(await store.create(handle, record({ user }), NOW, generation), "revoked");
      assert.equal(await other.read(handle, NOW), null);
    }
  });

  it("that began after a revocation, or knows of none, is in the index at its end", async (test) => {
    const { store, other, client } = await stores(test);
    const [handle, user] = [newHandle(), newUser()];
    client.before(CONFIRM, async () => {
      await other.deleteUser([user], NOW);
    });
    assert.equal(await store.create(handle, record({ user }), NOW), "created");
    assert.equal((await other.listUser([user], NOW)).length, 1);
    assert.equal(await other.deleteUser([user], NOW), 1);
    assert.equal(await store.read(handle, NOW), null);
  });

  it("under a limit counts from the moment its place is kept", async (test) => {
    const { store, other, client } = await stores(test);
    const user = newUser();
    const reject = { users: [user], most: 1, beyond: "reject" as const };
    client.before(CREATE, async () => {
      assert.equal(await other.create(newHandle(), record({ user }), NOW, undefined, reject), "limit");
    });
    assert.equal(await store.create(newHandle(), record({ user }), NOW, undefined, reject), "created");
    assert.equal((await other.listUser([user], NOW)).length, 1);
  });

  it("under a limit gives way to one that takes its place before it is confirmed", async (test) => {
    const { store, other, client } = await stores(test);
    const [first, second, user] = [newHandle(), newHandle(), newUser()];
    const evict = { users: [user], most: 1, beyond: "evict" as const };
    client.before(CREATE, async () => {
      assert.equal(await other.create(second, record({ user }), NOW, undefined, evict), "evicted");
    });
    assert.equal(await store.create(first, record({ user }), NOW, undefined, evict), "created");
    assert.equal(await other.read(first, NOW), null);
    assert.deepEqual(
      (await other.listUser([user], NOW)).map(({ handle }) => handle),
      [second],
    );
  });

  it("under a limit looks again where another has come between", async (test) => {
    const { store, other, client } = await stores(test);
    const user = newUser();
    const reject = { users: [user], most: 1, beyond: "reject" as const };
    client.before(RESERVE, async () => {
      await other.create(newHandle(), record({ user }), NOW);
    });
    assert.equal(await store.create(newHandle(), record({ user }), NOW, undefined, reject), "limit");
    assert.equal((await other.listUser([user], NOW)).length, 1);
  });

  it("under a limit does not keep others out for ever if it never ends", async (test) => {
    const { store, other, client, keys, admin } = await stores(test);
    const user = newUser();
    const reject = { users: [user], most: 1, beyond: "reject" as const };
    client.before(CREATE, lost);
    await assert.rejects(store.create(newHandle(), record({ user }), NOW, undefined, reject));
    assert.equal(await other.create(newHandle(), record({ user }), NOW, undefined, reject), "limit");
    const [, score = ""] = await admin.zrange(keys.userIndex(user), "0", "-1", "WITHSCORES");
    assert.ok(Number(score) - Date.now() <= 30_000);
    await admin.zadd(
      keys.userIndex(user),
      "1",
      (await admin.zrange(keys.userIndex(user), "0", "-1"))[0] ?? "",
    );
    assert.equal(await other.create(newHandle(), record({ user }), NOW, undefined, reject), "created");
  });

  it("by another revocation of the user loses to it, also where an update extends the index meanwhile", async (test) => {
    const { store, other, client } = await stores(test);
    for (const script of [EXTEND, UPDATE]) {
      const [handle, user] = [newHandle(), newUser()];
      await store.create(handle, record({ user }), NOW);
      client.before(script, async () => {
        assert.equal(await other.deleteUser([user], NOW), 1);
      });
      assert.equal(await store.update(handle, 1, record({ user, expiresAt: NOW + 9 * HOUR }), NOW), false);
      assert.equal(await other.read(handle, NOW), null);
      assert.deepEqual(await other.listUser([user], NOW), []);
    }
  });
});

describe("what somebody else has done to a Redis store's keys", { skip }, () => {
  it("counts as absent, and is not listed", async (test) => {
    const { store, keys, admin } = await stores(test);
    const handle = newHandle();
    await store.create(handle, record(), NOW);
    const sound = await admin.getBuffer(keys.session(handle));
    assert.ok(sound !== null);
    const edited = [
      Buffer.from(""),
      Buffer.from("nonsense"),
      sound.subarray(0, 30),
      sound.subarray(0, -11),
      Buffer.concat([Buffer.from("99"), sound.subarray(0, 1), Buffer.alloc(16, "9"), sound.subarray(1)]),
      Buffer.concat([Buffer.from("-"), sound]),
    ];
    for (const bytes of edited) {
      await admin.set(keys.session(handle), bytes);
      assert.equal(await store.read(handle, NOW), null);
      assert.equal(await store.update(handle, 1, record(), NOW), false);
      await store.touch([{ handle, version: 1, expiresAt: NOW + HOUR, header: Buffer.from("") }], NOW);
      assert.deepEqual(await store.scan(NOW, { limit: 5 }), []);
      assert.deepEqual(await store.countByKey(NOW), new Map());
    }
    assert.equal(await store.delete(handle, NOW), false);
    await admin.set(keys.session("strange"), sound);
    await admin.copy(keys.epoch(handle), keys.epoch("strange"));
    assert.deepEqual(await store.scan(NOW, { limit: 5 }), []);
    await admin.lpush(keys.session(handle), "list");
    assert.equal(await store.read(handle, NOW), null);
    await assert.rejects(store.update(handle, 1, record(), NOW), { code: "ERR_HOLDFAST_STORE_CORRUPT" });
  });
});
