import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import pg from "pg";
import { HoldfastError } from "../../../src/errors.ts";
import { storeFailure } from "../../../src/store/postgres/failure.ts";
import { type PostgresClient, PostgresStore } from "../../../src/store/postgres.ts";
import { NOW, newHandle } from "../records.ts";

function serverError(code: string, fields: object = {}): Error {
  const error = new pg.DatabaseError("as the server says", 0, "error");
  return Object.assign(error, { code, severity: "ERROR" }, fields);
}

const failures: readonly (readonly [what: string, error: unknown, code: string, message: RegExp])[] = [
  ["a wrong password", serverError("28P01"), "ERR_HOLDFAST_STORE_REFUSED", /refused the password/],
  ["a wrong user", serverError("28000"), "ERR_HOLDFAST_STORE_REFUSED", /refused the user/],
  [
    "no password",
    new Error("SASL: client password must be a string"),
    "ERR_HOLDFAST_STORE_REFUSED",
    /password/,
  ],
  ["a missing database", serverError("3D000"), "ERR_HOLDFAST_STORE_REFUSED", /does not exist/],
  ["a missing permission", serverError("42501"), "ERR_HOLDFAST_STORE_REFUSED", /Grant SELECT/],
  ["a full disk", serverError("53100"), "ERR_HOLDFAST_STORE_FULL", /disk is full/],
  ["too many connections", serverError("53300"), "ERR_HOLDFAST_STORE_UNAVAILABLE", /no connection left/],
  [
    "a statement that took too long",
    serverError("57014"),
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    /statement_timeout/,
  ],
  ["a lock that was kept too long", serverError("55P03"), "ERR_HOLDFAST_STORE_UNAVAILABLE", /lock_timeout/],
  ["a server that shuts down", serverError("57P01"), "ERR_HOLDFAST_STORE_UNAVAILABLE", /being shut down/],
  ["a server that starts", serverError("57P03"), "ERR_HOLDFAST_STORE_UNAVAILABLE", /starting or stopping/],
  ["a replica", serverError("25006"), "ERR_HOLDFAST_STORE_UNAVAILABLE", /read-only.* primary/],
  [
    "any other error of the server",
    serverError("XX000"),
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    /error \(XX000\)/,
  ],
  [
    "a broken connection",
    Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    /cannot be reached \(ECONNRESET\)/,
  ],
  [
    "a connection that ended",
    new Error("Connection terminated"),
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    /did not answer/,
  ],
  ["something that is no error", "text", "ERR_HOLDFAST_STORE_UNAVAILABLE", /did not answer/],
  ["nothing", undefined, "ERR_HOLDFAST_STORE_UNAVAILABLE", /did not answer/],
];

/** A client that answers every statement as it is told. */
function client(
  answer: () => Promise<{ rows: Record<string, unknown>[] }>,
): PostgresClient & { asked: number } {
  const answering = {
    asked: 0,
    query: () => {
      answering.asked += 1;
      return answer();
    },
  };
  return answering;
}

describe("an error of pg", () => {
  for (const [what, error, code, message] of failures) {
    it(`that means ${what} becomes ${code}, in words of its own`, () => {
      const failure = storeFailure(error);
      assert.equal(failure.code, code);
      assert.match(failure.message, /^The session database [a-z].*\.$/);
      assert.match(failure.message, message);
    });
  }

  it("shows its message and code as the cause, and nothing of rows, statements and connections", () => {
    const hidden = {
      detail: "Failing row contains (hidden)",
      where: "hidden",
      client: { password: "hidden" },
    };
    const { cause } = storeFailure(serverError("23502", hidden));
    assert.ok(cause instanceof Error);
    assert.deepEqual([cause.message, Reflect.get(cause, "code")], ["as the server says", "23502"]);
    assert.doesNotMatch(inspect(cause, { depth: null, showHidden: true }), /hidden"|\(hidden/);
  });

  it("stays what it is if it is one of Holdfast's own", () => {
    const error = new HoldfastError("ERR_HOLDFAST_STORE_SCHEMA");
    assert.equal(storeFailure(error), error);
  });
});

describe("a statement that the server has undone", () => {
  for (const code of ["40P01", "40001"]) {
    it(`(${code}) is tried again, and given up in the end`, async () => {
      const undone = client(() => Promise.reject(serverError(code)));
      await assert.rejects(async () => new PostgresStore(undone).read(newHandle(), NOW), {
        code: "ERR_HOLDFAST_STORE_UNAVAILABLE",
      });
      assert.equal(undone.asked, 4);
    });
  }

  it("is not one that may have been done: that is not tried again", async () => {
    const broken = client(() => Promise.reject(serverError("57P01")));
    await assert.rejects(async () => new PostgresStore(broken).read(newHandle(), NOW));
    assert.equal(broken.asked, 1);
  });
});

describe("a client of another kind of server", () => {
  const postgres = {
    product: "PostgreSQL 18.1",
    version: "180001",
    isolation: "read committed",
    replica: false,
  };
  const others: readonly (readonly [what: string, server: object, code: string, message: RegExp])[] = [
    [
      "another product",
      { product: "CockroachDB v23" },
      "ERR_HOLDFAST_STORE_CLIENT",
      /PostgreSQL 13 or later/,
    ],
    ["an old version", { version: "120022" }, "ERR_HOLDFAST_STORE_CLIENT", /PostgreSQL 13 or later/],
    ["no answer", { product: undefined }, "ERR_HOLDFAST_STORE_CLIENT", /PostgreSQL 13 or later/],
    ["a replica", { replica: true }, "ERR_HOLDFAST_STORE_UNAVAILABLE", /replica/],
  ];
  for (const [what, server, code, message] of others) {
    it(`is refused: ${what}`, async () => {
      const store = new PostgresStore(client(async () => ({ rows: [{ ...postgres, ...server }] })));
      await assert.rejects(store.open(), { code, message });
    });
  }
});

describe("more operations than may wait", () => {
  it("fail at once, until others have been answered", async () => {
    let answerAll = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answerAll = resolve;
    });
    const slow = client(() => answered.then(() => Promise.reject(serverError("57P03"))));
    const store = new PostgresStore(slow, { maxPending: 3 });
    const waiting = [1, 2, 3].map(() => store.read(newHandle(), NOW));
    const busy = { code: "ERR_HOLDFAST_STORE_UNAVAILABLE", message: /not answered the last 3 operations/ };
    await assert.rejects(store.read(newHandle(), NOW), busy);
    answerAll();
    for (const each of waiting) await assert.rejects(each, { message: /starting or stopping/ });
    await assert.rejects(store.read(newHandle(), NOW), { message: /starting or stopping/ });
  });

  it("are by default more than `overload` lets wait, writes included", async () => {
    let asked = 0;
    const silent = client(() => {
      asked += 1;
      return new Promise(() => {});
    });
    const store = new PostgresStore(silent);
    const failed: unknown[] = [];
    for (let count = 0; count < 2_000; count++)
      store.read(newHandle(), NOW).catch((error) => failed.push(error));
    store.delete(newHandle(), NOW).catch((error) => failed.push(error));
    await new Promise(setImmediate);
    assert.deepEqual(failed, []);
    assert.ok(asked > 0);
  });
});

describe("the constructor of PostgresStore", () => {
  it("refuses what has no query, and options it does not know or cannot use", () => {
    const refused: readonly (readonly [unknown, unknown, string])[] = [
      ["postgres://user:password@host/database", {}, "ERR_HOLDFAST_STORE_CLIENT"],
      [undefined, {}, "ERR_HOLDFAST_STORE_CLIENT"],
      [{ connect() {} }, {}, "ERR_HOLDFAST_STORE_CLIENT"],
      [{ query() {} }, { table: "sessions" }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ query() {} }, { schema: "" }, "ERR_HOLDFAST_OPTION"],
      [{ query() {} }, { schema: "s".repeat(64) }, "ERR_HOLDFAST_OPTION"],
      [{ query() {} }, { schema: "a\0b" }, "ERR_HOLDFAST_OPTION"],
      [{ query() {} }, { unlogged: "yes" }, "ERR_HOLDFAST_OPTION"],
      [{ query() {} }, { prepare: 1 }, "ERR_HOLDFAST_OPTION"],
      [{ query() {} }, { prepare: true }, "ERR_HOLDFAST_STORE_CLIENT"],
      [{ query() {} }, { maxPending: 0 }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [given, options, code] of refused) {
      const make = (): unknown => new PostgresStore(given as PostgresClient, options as object);
      assert.throws(
        make,
        (error: HoldfastError) => error.code === code && !error.message.includes("password@"),
      );
    }
  });
});
