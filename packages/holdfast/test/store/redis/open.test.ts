import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { after, describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { found, startRedis } from "test-servers";
import { HoldfastError } from "../../../src/errors.ts";
import { RedisStore, type RedisStoreClient, type RedisStoreOptions } from "../../../src/store/redis.ts";
import { NOW, newHandle, newUser, record } from "../records.ts";
import { adminFor, newPrefix, singleClients, storeFor } from "./redis-clients.ts";

const PASSWORD = "open-sesame";
const { server, skip } = await found(() => startRedis({ args: ["--requirepass", PASSWORD] }));
const url = server?.url ?? "";
after(() => server?.stop());

const as = (user: string, password: string, address = url): string =>
  address.replace("//", `//${user}:${password}@`);
const admin = (test: TestContext): Redis => adminFor(test, as("default", PASSWORD));

/** The error that opening ends with; no password may be in its words. */
async function failure(store: RedisStore): Promise<HoldfastError> {
  const error = await store.open().then(
    () => assert.fail("it opened"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof HoldfastError);
  assert.ok(!inspect(error, { depth: null, showHidden: true }).includes(PASSWORD));
  assert.ok(!error.message.includes("redis://"));
  return error;
}

/** The address of a server that speaks Redis's protocol, and says this of itself. */
async function speaker(test: TestContext, info: string): Promise<string> {
  const replies: Readonly<Record<string, string>> = {
    INFO: `$${info.length}\r\n${info}\r\n`,
    PING: "+PONG\r\n",
  };
  const speaking = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const names = String(chunk).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g);
      for (const [, name = ""] of names) socket.write(replies[name.toUpperCase()] ?? "+OK\r\n");
    });
  });
  speaking.listen(0, "127.0.0.1");
  await once(speaking, "listening");
  test.after(() => speaking.close());
  return `redis://127.0.0.1:${(speaking.address() as AddressInfo).port}`;
}

describe("a server that a Redis store cannot use", () => {
  const servers = [
    ["redis_version:6.0.16\r\n", /Redis 6\.0\.16; the session store needs 6\.2 or later/],
    ["engine_version:2.9.0\r\n", /neither Redis nor Valkey/],
  ] as const;
  for (const [info, words] of servers) {
    it(`is told at start: ${info.trim()}`, async (test) => {
      const address = await speaker(test, info);
      const error = await failure(storeFor(test, address, {}, singleClients["ioredis 6"]));
      assert.equal(error.code, "ERR_HOLDFAST_STORE_CLIENT");
      assert.match(error.message, words);
    });
  }
});

describe("opening a Redis store", { skip }, () => {
  for (const [name, make] of Object.entries(singleClients)) {
    const open = (test: TestContext, address: string, options: RedisStoreOptions = {}): RedisStore =>
      storeFor(test, address, options, make);

    it(`with ${name} connects, works at once, and may be asked for again`, async (test) => {
      const store = open(test, as("default", PASSWORD));
      const handle = newHandle();
      assert.equal(await store.create(handle, record(), NOW), "created");
      await store.open();
      await store.open();
      assert.ok(await store.read(handle, NOW));
    });

    it(`with ${name} says so if the password is wrong or missing`, async (test) => {
      for (const address of [as("default", `not-${PASSWORD}`), url]) {
        assert.equal((await failure(open(test, address))).code, "ERR_HOLDFAST_STORE_REFUSED");
      }
    });

    it(`with ${name} says so if nobody, or somebody else, is at that address`, async (test) => {
      const web = createServer((_req, res) => res.end("hello"));
      web.listen(0, "127.0.0.1");
      await once(web, "listening");
      test.after(() => {
        web.closeAllConnections();
        web.close();
      });
      const { port } = web.address() as AddressInfo;
      for (const address of [`redis://127.0.0.1:${port}`, "redis://127.0.0.1:1"]) {
        const error = await failure(open(test, address, { connectTimeout: 500 }));
        assert.equal(error.code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
        assert.match(error.message, /within 500 ms\. Check the client's host, port and TLS/);
        assert.ok(error.cause instanceof Error);
      }
    });
  }

  it("may be tried again once the server is there", async (test) => {
    const own = await startRedis();
    test.after(() => own.stop());
    await own.kill();
    const store = storeFor(test, own.url, { connectTimeout: 200 });
    assert.equal((await failure(store)).code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
    await own.start();
    while (
      !(await store.open().then(
        () => true,
        () => false,
      ))
    );
    assert.equal(await store.read(newHandle(), NOW), null);
  });

  it("finds out each command that the server does not permit", async (test) => {
    const missing = ["mget", "evalsha", "eval", "get", "set", "del", "getrange", "scan", "zscan", "zadd"];
    const other = ["zrem", "zrange", "zremrangebyscore", "pexpire", "pttl", "time", "ping"];
    for (const command of [...missing, ...other]) {
      await admin(test).call("ACL", "SETUSER", "some", "reset", "on", ">pw", "~*", "+@all", `-${command}`);
      const store = storeFor(test, as("some", "pw"));
      assert.equal((await failure(store)).code, "ERR_HOLDFAST_STORE_REFUSED", command);
    }
  });

  it("needs no more than the guide says, on its own keys alone", async (test) => {
    const prefix = newPrefix();
    const rule = "+ping +mget +get +set +del +getrange +scan +zscan +zadd +zrem +zrange +zremrangebyscore";
    const rest = "+pexpire +pttl +time +eval +evalsha +info +hello +select";
    const rules = [`~${prefix}*`, ...rule.split(" "), ...rest.split(" ")];
    await admin(test).call("ACL", "SETUSER", "least", "reset", "on", ">pw", ...rules);
    const store = storeFor(test, as("least", "pw"), { prefix });
    const user = newUser();
    const limit = { users: [user], most: 1, beyond: "evict" as const };
    for (let times = 0; times < 2; times++)
      await store.create(newHandle(), record({ user }), NOW, undefined, limit);
    assert.equal(await store.deleteUser([user], NOW), 1);
    assert.equal(await store.writeValue("name", 0, Buffer.from("value"), NOW), true);
    assert.deepEqual(await store.scan(NOW, { limit: 5 }), []);
    assert.equal(await store.deleteAll(NOW), 0);
    assert.equal(await store.deleteByKey("key1", 5), 0);
  });

  it("does not touch what a newer Holdfast, or somebody else, has written", async (test) => {
    const prefix = newPrefix();
    const outside = admin(test);
    await outside.set(`${prefix}schema`, "2");
    const newer = await failure(storeFor(test, as("default", PASSWORD), { prefix }));
    assert.equal(newer.code, "ERR_HOLDFAST_STORE_SCHEMA");
    for (const strange of ["yes", "-1", "1.5"]) {
      await outside.set(`${prefix}schema`, strange);
      const error = await failure(storeFor(test, as("default", PASSWORD), { prefix }));
      assert.equal(error.code, "ERR_HOLDFAST_STORE_CORRUPT");
    }
    await outside.del(`${prefix}schema`);
    await outside.lpush(`${prefix}schema`, "list");
    const other = await failure(storeFor(test, as("default", PASSWORD), { prefix }));
    assert.equal(other.code, "ERR_HOLDFAST_STORE_CORRUPT");
    assert.deepEqual(await outside.keys(`${prefix}*`), [`${prefix}schema`]);
  });

  it("warns of a server that may evict sessions", async (test) => {
    const own = await startRedis({ args: ["--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"] });
    test.after(() => own.stop());
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    await storeFor(test, own.url, { onWarning }).open();
    assert.match(warnings.join(), /maxmemory-policy is volatile-lru\. Set it to noeviction/);
    await adminFor(test, own.url).config("SET", "maxmemory-policy", "noeviction");
    await storeFor(test, own.url, { onWarning }).open();
    assert.equal(warnings.length, 1);
  });

  it("refuses a replica that takes no writes", async (test) => {
    const replica = await startRedis();
    test.after(() => replica.stop());
    await adminFor(test, replica.url).replicaof("127.0.0.1", "1");
    const error = await failure(storeFor(test, replica.url));
    assert.equal(error.code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
    assert.match(error.message, /read-only replica|lost its master/);
  });

  it("refuses an ioredis client that has been closed", async () => {
    const client = new Redis(as("default", PASSWORD));
    await once(client, "ready");
    client.disconnect();
    await once(client, "end");
    assert.equal((await failure(new RedisStore(client))).code, "ERR_HOLDFAST_STORE_CLIENT");
  });
});

describe("the client of a Redis store", { skip }, () => {
  it("is connected and closed with the store if it was not connected before", async () => {
    const client = createClient({ url: as("default", PASSWORD) });
    const store = new RedisStore(client);
    await store.open();
    assert.equal(client.isReady, true);
    await store.close();
    assert.equal(client.isOpen, false);
  });

  it("is left as it is if it was, with its options", async (test) => {
    const client = createClient({ url: as("default", PASSWORD) });
    await client.connect();
    test.after(() => client.destroy());
    const store = new RedisStore(client, { prefix: newPrefix() });
    await store.create(newHandle(), record(), NOW);
    await store.close();
    assert.equal(await client.echo("text"), "text");
    const ioredis = new Redis(as("default", PASSWORD));
    test.after(() => ioredis.disconnect());
    const other = new RedisStore(ioredis, { prefix: newPrefix() });
    await other.create(newHandle(), record(), NOW);
    await other.close();
    assert.equal(await ioredis.echo("text"), "text");
  });

  it("may be closed by others: the store then fails at once, and works again when it is back", async (test) => {
    const client = createClient({ url: as("default", PASSWORD) });
    await client.connect();
    const store = new RedisStore(client, { prefix: newPrefix() });
    test.after(() => client.isOpen && client.destroy());
    await store.open();
    client.destroy();
    await assert.rejects(store.read(newHandle(), NOW), {
      code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
      message: /has been closed/,
    });
    await client.connect();
    assert.equal(await store.read(newHandle(), NOW), null);
  });
});

describe("a Redis store", () => {
  it("refuses what is no client of redis or ioredis", () => {
    for (const client of [undefined, null, "redis://localhost", {}, { get() {}, set() {} }, connect]) {
      assert.throws(() => new RedisStore(client as RedisStoreClient), { code: "ERR_HOLDFAST_STORE_CLIENT" });
    }
  });

  it("refuses an ioredis client that would prefix its keys, or read what replicas have not heard of yet", () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: "app:" });
    assert.throws(() => new RedisStore(client), { code: "ERR_HOLDFAST_STORE_CLIENT", message: /keyPrefix/ });
    const cluster = Object.assign(new Redis({ lazyConnect: true }), { options: { scaleReads: "slave" } });
    assert.throws(() => new RedisStore(cluster as unknown as RedisStoreClient), {
      code: "ERR_HOLDFAST_STORE_CLIENT",
      message: /scaleReads/,
    });
  });

  it("refuses an ioredis client whose options change what commands do", () => {
    const cluster = Object.assign(new Redis({ lazyConnect: true }), {
      options: { redisOptions: { stringNumbers: true } },
    });
    const clients: readonly [client: Redis, option: RegExp][] = [
      [new Redis({ lazyConnect: true, enableAutoPipelining: true }), /enableAutoPipelining/],
      [new Redis({ lazyConnect: true, stringNumbers: true }), /stringNumbers/],
      [cluster as unknown as Redis, /stringNumbers/],
    ];
    for (const [client, message] of clients) {
      assert.throws(() => new RedisStore(client), { code: "ERR_HOLDFAST_STORE_CLIENT", message });
    }
  });

  it("refuses options it does not know or understand", () => {
    const client = new Redis({ lazyConnect: true });
    const refusals: readonly [options: unknown, code: string][] = [
      [{ ttl: 3 }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ prefix: "" }, "ERR_HOLDFAST_OPTION"],
      [{ prefix: "{app}:" }, "ERR_HOLDFAST_OPTION"],
      [{ prefix: 5 }, "ERR_HOLDFAST_OPTION"],
      [{ durable: true }, "ERR_HOLDFAST_OPTION"],
      [{ durable: { replicas: 0 } }, "ERR_HOLDFAST_OPTION"],
      [{ durable: { replicas: 1, timeout: "soon" } }, "ERR_HOLDFAST_DURATION"],
      [{ connectTimeout: "30d" }, "ERR_HOLDFAST_DURATION"],
      [{ connectTimeout: -1 }, "ERR_HOLDFAST_DURATION"],
      [{ onWarning: "log" }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [options, code] of refusals) {
      assert.throws(() => new RedisStore(client, options as RedisStoreOptions), { code });
    }
  });
});
