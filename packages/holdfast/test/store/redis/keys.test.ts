import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { found, startRedis } from "test-servers";
import { Keys } from "../../../src/store/redis/keys.ts";
import type { RedisStore } from "../../../src/store/redis.ts";
import { HOUR, MINUTE, NOW, newHandle, newUser, record } from "../records.ts";
import { adminFor, newPrefix, singleClients, storeFor } from "./redis-clients.ts";

const { server, skip } = await found(startRedis);
const url = server?.url ?? "";
after(() => server?.stop());

const header = Buffer.from("header");

/** The names of the commands that `work` makes the server do, those within scripts left out. */
async function commandsOf(admin: Redis, work: () => Promise<unknown>): Promise<string[]> {
  const monitor = await admin.monitor();
  const seen: string[] = [];
  const end = newHandle();
  const ended = new Promise<void>((resolve) => {
    monitor.on("monitor", (_time: string, [name = "", ...args]: string[], source: string) => {
      if (args.includes(end)) resolve();
      else if (source !== "lua") seen.push(name.toUpperCase());
    });
  });
  await work();
  await admin.echo(end);
  await ended;
  monitor.disconnect();
  return seen;
}

describe("the commands of a Redis store", { skip }, () => {
  for (const [name, make] of Object.entries(singleClients)) {
    it(`with ${name} are one for a read, an update, a touch and an anonymous session`, async (test) => {
      const store = storeFor(test, url, {}, make);
      const admin = adminFor(test, url);
      const [handle, user] = [newHandle(), newUser()];
      // The server has seen every script.
      await store.create(newHandle(), record(), NOW);
      await store.create(handle, record({ user }), NOW);
      await store.update(handle, 1, record({ user }), NOW);
      const counted: readonly [work: () => Promise<unknown>, commands: string[]][] = [
        [() => store.read(handle, NOW), ["MGET"]],
        [() => store.update(handle, 2, record({ user, expiresAt: NOW + HOUR + 5 }), NOW), ["EVALSHA"]],
        [() => store.touch([{ handle, version: 3, expiresAt: NOW + HOUR + 6, header }], NOW), ["EVALSHA"]],
        [() => store.create(newHandle(), record(), NOW), ["EVALSHA"]],
        [() => store.create(newHandle(), record({ user }), NOW), ["EVALSHA", "EVALSHA"]],
        [() => store.delete(handle, NOW), ["EVALSHA", "ZREM"]],
        [() => store.userGeneration(user), ["MGET"]],
        [() => store.listUser([user], NOW), ["ZSCAN", "MGET"]],
        [() => store.prune(NOW, 100), []],
      ];
      for (const [work, commands] of counted) assert.deepEqual(await commandsOf(admin, work), commands);
    });
  }

  it("extend the user's index once an hour and not by each update", async (test) => {
    const store = storeFor(test, url);
    const admin = adminFor(test, url);
    const [handle, user] = [newHandle(), newUser()];
    await store.create(handle, record({ user, expiresAt: NOW + 30 * MINUTE }), NOW);
    const commands = await commandsOf(admin, async () => {
      for (let minute = 1; minute <= 120; minute++) {
        const now = NOW + minute * MINUTE;
        assert.ok(await store.update(handle, minute, record({ user, expiresAt: now + 30 * MINUTE }), now));
      }
    });
    // Once an update finds that the index does not reach so far, extends it and is sent again.
    assert.equal(commands.length, 120 + 2);
  });
});

describe("the keys of a Redis store", { skip }, () => {
  it("each have a time to live, but for the version and the values that stay for good", async (test) => {
    const prefix = newPrefix();
    const store = storeFor(test, url, { prefix });
    await storm(store);
    const admin = adminFor(test, url);
    const keys = await admin.keys(`${prefix}*`);
    assert.ok(keys.length > 50);
    const lasting = await Promise.all(keys.map(async (key) => ((await admin.pttl(key)) > 0 ? [] : [key])));
    assert.deepEqual(lasting.flat().sort(), [`${prefix}schema`, `${prefix}v:name`]);
  });

  it("outlive no session, no reservation and no revocation by more than a day", async (test) => {
    const prefix = newPrefix();
    const store = storeFor(test, url, { prefix });
    await storm(store);
    const admin = adminFor(test, url);
    for (const key of await admin.keys(`${prefix}*`)) {
      assert.ok((await admin.pttl(key)) < 24 * HOUR, key);
    }
  });

  it("of values that end are gone a minute after, and no sooner; another end is taken over", async (test) => {
    const prefix = newPrefix();
    const store = storeFor(test, url, { prefix });
    const admin = adminFor(test, url);
    const lives = () => admin.pttl(`${prefix}v:name`);
    const one = Buffer.from("one");
    for (const [version, end] of [HOUR, 2 * HOUR, MINUTE, 0].entries()) {
      assert.equal(await store.writeValue("name", version, one, NOW, NOW + end), true);
      const left = await lives();
      assert.ok(left > end + MINUTE - 10_000 && left <= end + MINUTE, `${left}`);
    }
    assert.equal(await store.writeValue("name", 0, one, NOW), true);
    assert.equal(await lives(), -1);
  });

  it("of values are read and written as a Holdfast did whose values stayed for good", async (test) => {
    const prefix = newPrefix();
    const store = storeFor(test, url, { prefix });
    const admin = adminFor(test, url);
    const bytes = Buffer.from("@ 7@8 9");
    await admin.set(`${prefix}v:name`, Buffer.concat([Buffer.from("12 "), bytes]));
    assert.deepEqual(await store.readValue("name", NOW), { version: 12, value: bytes });
    assert.equal(await store.writeValue("name", 12, bytes, NOW), true);
    assert.equal(await admin.get(`${prefix}v:name`), `13 ${bytes}`);
    for (const strange of ["", "12", "12@ one", "@5 one", "x", "12@99999999999999999 one", "0 one"]) {
      await admin.set(`${prefix}v:name`, strange);
      assert.equal(await store.readValue("name", NOW), null, strange);
    }
    for (const strange of ["", "12", "12@ one", "@5 one", "x"]) {
      await admin.set(`${prefix}v:name`, strange);
      assert.equal(await store.writeValue("name", 0, bytes, NOW), true, strange);
    }
  });

  it("are gone once everything has expired, on its own", async (test) => {
    const prefix = newPrefix();
    const store = storeFor(test, url, { prefix });
    const user = newUser();
    // What is kept for ten minutes and an hour at least is aged below.
    for (const expiresAt of [NOW + 1, NOW + 2])
      await store.create(newHandle(), record({ user, expiresAt }), NOW);
    await store.deleteUser([user], NOW);
    const admin = adminFor(test, url);
    const keys = await admin.keys(`${prefix}*`);
    for (const key of keys) {
      const ttl = await admin.pttl(key);
      if (ttl > 0) await admin.pexpire(key, Math.max(1, ttl - 25 * HOUR));
    }
    await delay(5);
    const left = await admin.keys(`${prefix}*`);
    assert.deepEqual(left, [`${prefix}schema`]);
  });

  it("let no index outlive its sessions, nor a session its index", async (test) => {
    const prefix = newPrefix();
    const store = storeFor(test, url, { prefix });
    const admin = adminFor(test, url);
    const keys = new Keys(prefix);
    const [handle, user] = [newHandle(), newUser()];
    await store.create(handle, record({ user, expiresAt: NOW + MINUTE }), NOW);
    const lives = () =>
      Promise.all(
        [keys.userIndex(user), keys.session(handle), keys.epoch(handle)].map((key) => admin.pttl(key)),
      );
    for (const idle of [10 * MINUTE, 48 * HOUR, 5 * HOUR, MINUTE]) {
      const { version = 0 } = (await store.read(handle, NOW)) ?? {};
      if (idle === 5 * HOUR) await store.touch([{ handle, version, expiresAt: NOW + idle, header }], NOW);
      else await store.update(handle, version, record({ user, expiresAt: NOW + idle }), NOW);
      const [index = 0, session = 0, epoch = 0] = await lives();
      assert.ok(epoch >= session);
      assert.ok(session > idle && session <= idle + MINUTE);
      assert.ok(index > session, "the index goes last");
    }
    await store.touch([{ handle, version: 4, expiresAt: NOW + 90 * HOUR, header }], NOW);
    const [index = 0, session = 0] = await lives();
    assert.ok(session > 89 * HOUR && index > session);
    await store.delete(handle, NOW);
    assert.deepEqual((await lives()).slice(0, 2), [-2, -2]);
  });

  it("fall into groups that are few, and each of which deleteAll goes through", () => {
    const keys = new Keys("p:");
    const epochs = new Set(keys.epochs());
    const generations = new Set(keys.groupGenerations());
    assert.deepEqual([epochs.size, generations.size], [512, 64]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (random) => {
        const handle = Buffer.from(random).toString("base64url");
        assert.ok(epochs.has(keys.epoch(handle)));
        assert.ok(generations.has(keys.groupGeneration(handle)));
        assert.equal(keys.handleIn(keys.session(handle)), handle);
        const tag = (key: string) => /\{(.*?)\}/.exec(key)?.[1];
        assert.equal(tag(keys.session(handle)), tag(keys.epoch(handle)));
        assert.equal(tag(keys.userIndex(handle)), tag(keys.groupGeneration(handle)));
        assert.equal(tag(keys.userIndex(handle)), tag(keys.generation(handle)));
      }),
    );
    assert.ok(generations.has(keys.groupGeneration("")));
  });
});

/** A little of everything, much of it at once. */
async function storm(store: RedisStore): Promise<void> {
  const users = [newUser(), newUser(), newUser()];
  const limit = { users, most: 3, beyond: "evict" as const };
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const handle = newHandle();
      const user = users[index % 4] ?? null;
      await store.create(
        handle,
        record({ user }),
        NOW,
        undefined,
        index % 5 === 0 && user ? limit : undefined,
      );
      await store.update(handle, 1, record({ user, expiresAt: NOW + (1 + (index % 3)) * HOUR }), NOW);
      await store.touch([{ handle, version: 2, expiresAt: NOW + (1 + (index % 4)) * HOUR, header }], NOW);
      if (index % 7 === 0) await store.delete(handle, NOW);
    }),
  );
  await store.deleteUser([users[0] ?? ""], NOW);
  await store.writeValue("name", 0, Buffer.from("value"), NOW);
  await store.writeValue("note", 0, Buffer.from("value"), NOW, NOW + HOUR);
  await store.deleteAll(NOW);
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      store.create(newHandle(), record({ user: users[index % 4] ?? null }), NOW),
    ),
  );
}
