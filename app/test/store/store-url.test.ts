import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ConfigError, readConfig } from "../../src/config.ts";
import { placeOf, type StoreConfig } from "../../src/store/store-url.ts";

const read = (STORE_URL: string) => readConfig({ STORE_URL }, "/srv/app");
const store = (url: string): StoreConfig => read(url).store;

const refusal = (url: string): string => {
  try {
    read(url);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.ok(error.message.startsWith("STORE_URL: "), error.message);
    assert.ok(!error.message.includes("\n"));
    return error.message;
  }
  return assert.fail(`accepted: ${url}`);
};

describe("STORE_URL", () => {
  it("names memory or an SQLite file", () => {
    assert.deepEqual(store("memory:"), { kind: "memory" });
    assert.deepEqual(store("sqlite:other.db"), { kind: "sqlite", file: "/srv/app/other.db" });
    assert.deepEqual(store("sqlite:/var/x.db"), { kind: "sqlite", file: "/var/x.db" });
    assert.deepEqual(store("sqlite:///var/x.db"), { kind: "sqlite", file: "/var/x.db" });
  });

  it("names a server of Redis or PostgreSQL", () => {
    for (const url of [
      "redis://localhost",
      "redis://:p%40ss@db.example:6380/3",
      "redis://app:secret@[::1]:6379/",
      "rediss://db.example",
    ]) {
      assert.deepEqual(store(url), { kind: "redis", url });
    }
    for (const url of [
      "postgres://localhost/app",
      "postgresql://app:secret@db.example:5433/app?sslmode=require",
    ]) {
      assert.deepEqual(store(url), { kind: "postgres", url });
    }
  });

  it("names a Redis Cluster by some of its nodes", () => {
    assert.deepEqual(store("redis+cluster://one:7001,two:7002"), {
      kind: "redis-cluster",
      urls: ["redis://one:7001", "redis://two:7002"],
    });
    assert.deepEqual(store("rediss+cluster://app:p%40ss@one,[::1]:7002/"), {
      kind: "redis-cluster",
      urls: ["rediss://app:p%40ss@one", "rediss://app:p%40ss@[::1]:7002"],
    });
  });

  it("leaves the users in DATA_DIR, whatever holds the sessions", () => {
    assert.equal(read("memory:").database, ":memory:");
    assert.equal(read("sqlite:other.db").database, "/srv/app/other.db");
    for (const url of ["redis://a", "redis+cluster://a,b", "postgres://a/b"]) {
      assert.equal(read(url).database, "/srv/app/data/app.db");
    }
  });

  it("is refused with one line that says what to write", () => {
    for (const [url, says] of [
      ["mysql://db/app", /"mysql:" is not a store/],
      ["http://db", /"http:" is not a store/],
      ["localhost:6379", /"localhost:" is not a store/],
      ["data.db", /this is not a store/],
      ["memory", /this is not a store/],
      ["memory:x", /takes nothing/],
      ["sqlite:", /needs a path/],
      ["redis:", /such as redis:\/\/HOST/],
      ["redis://", /such as redis:\/\/HOST/],
      ["redis://db:many", /such as redis:\/\/HOST/],
      ["redis://db:70000", /such as redis:\/\/HOST/],
      ["redis://db/sessions", /a Redis database is a number/],
      ["redis://db/0?family=6", /ends with the database/],
      ["redis://user:100%@db", /%25 for %/],
      ["redis+cluster://", /one database only/],
      ["redis+cluster://one,two/1", /one database only/],
      ["redis+cluster://one,,two", /not a valid address/],
      ["redis+cluster://one:7001,two:many", /not a valid address/],
      ["postgres://db", /name of the database is missing/],
      ["postgres://db/", /name of the database is missing/],
      ["postgres:///app", /not a valid address/],
      ["postgres://db/app/sessions", /one slash .* %2F for \//],
    ] as const) {
      assert.match(refusal(url), says, url);
    }
  });

  it("keeps its password to itself, in refusals and where it is shown", () => {
    // One that begins like a port passes for one, if what follows is not encoded.
    const password = fc.stringMatching(/^([0-9]{1,4}[/?#])?[A-Z]{8}[ -~]{0,8}$/);
    const scheme = fc.constantFrom("redis", "rediss", "redis+cluster", "postgres", "postgresql", "mysql");
    const rest = fc.constantFrom("db", "db:1", "db/app", "db:many", "one,two", "", "/", "db/1?x");
    fc.assert(
      fc.property(scheme, password, rest, (scheme, password, rest) => {
        let shown: string;
        try {
          shown = placeOf(store(`${scheme}://user:${password}@${rest}`));
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
          shown = error.message;
        }
        assert.ok(!shown.includes(/[A-Z]{8}/.exec(password)?.[0] ?? ""), shown);
      }),
    );
  });

  it("is shown without user and parameters", () => {
    assert.equal(placeOf(store("redis://u:p@db:6380/3")), "redis://db:6380/3");
    assert.equal(placeOf(store("postgres://u:p@db/app?sslmode=require")), "postgres://db/app");
    assert.equal(placeOf(store("redis+cluster://u:p@one:1,two:2")), "Redis Cluster at one:1, two:2");
  });
});
