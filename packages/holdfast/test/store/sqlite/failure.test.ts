import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError } from "../../../src/errors.ts";
import { isBusy, storeFailure } from "../../../src/store/sqlite/failure.ts";

/** The same failure as each driver words it: better-sqlite3 and libsql by name, node:sqlite by number. */
const failures: readonly (readonly [name: string, errcode: number, code: string])[] = [
  ["SQLITE_BUSY", 5, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_BUSY_RECOVERY", 261, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_BUSY_SNAPSHOT", 517, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_LOCKED_SHAREDCACHE", 262, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_READONLY_DBMOVED", 1032, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_IOERR_WRITE", 778, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_CANTOPEN_ISDIR", 526, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
  ["SQLITE_FULL", 13, "ERR_HOLDFAST_STORE_FULL"],
  ["SQLITE_CORRUPT_INDEX", 779, "ERR_HOLDFAST_STORE_CORRUPT"],
  ["SQLITE_NOTADB", 26, "ERR_HOLDFAST_STORE_CORRUPT"],
  ["SQLITE_MISUSE", 21, "ERR_HOLDFAST_STORE_UNAVAILABLE"],
];

describe("an error of an SQLite driver", () => {
  for (const [name, errcode, expected] of failures) {
    it(`${name} becomes ${expected}, with a message of its own and the cause`, () => {
      const byName = Object.assign(new Error("as the driver says"), { code: name });
      const byNumber = Object.assign(new Error("as the driver says"), { code: "ERR_SQLITE_ERROR", errcode });
      const worded = [byName, byNumber].map((error) => storeFailure(error, "The file"));
      assert.deepEqual(
        worded.map(({ code }) => code),
        [expected, expected],
      );
      assert.equal(worded[0]?.message, worded[1]?.message);
      assert.match(worded[0]?.message ?? "", /^The file [a-z].*\.$/);
      assert.equal(worded[0]?.cause, byName);
      const mayPass = /BUSY|LOCKED/.test(name);
      assert.deepEqual([isBusy(byName), isBusy(byNumber)], [mayPass, mayPass]);
    });
  }

  it("stays what it is if it is one of Holdfast's own", () => {
    const error = new HoldfastError("ERR_HOLDFAST_STORE_SCHEMA");
    assert.equal(storeFailure(error), error);
  });

  it("is an unavailable store if nothing is known about it, even if it is no error", () => {
    for (const thrown of [new TypeError("The database connection is not open"), "text", undefined, null]) {
      assert.equal(storeFailure(thrown).code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
      assert.equal(isBusy(thrown), false);
    }
  });
});
