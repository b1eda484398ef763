import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore, type MemoryStoreOptions } from "../../src/store/memory.ts";
import { HOUR, MINUTE, NOW, newHandle, newUser, record, SECOND } from "./records.ts";

const OVERHEAD = 1_000;

function storeWith(options: MemoryStoreOptions): { store: MemoryStore; warnings: string[] } {
  const warnings: string[] = [];
  return { store: new MemoryStore({ onWarning: (message) => warnings.push(message), ...options }), warnings };
}

/** Creates sessions under these handles, in this order; those in capitals are signed in. */
function fill(store: MemoryStore, handles: string, fields = {}, now = NOW): void {
  for (const handle of handles) {
    const user = handle === handle.toUpperCase() ? newUser() : null;
    assert.equal(store.create(handle, record({ user, ...fields }), now), "created");
  }
}

/** Which of these handles the store has. */
function present(store: MemoryStore, handles: string, now = NOW): string {
  return [...handles].filter((handle) => store.read(handle, now) !== null).join("");
}

const full = { code: "ERR_HOLDFAST_STORE_FULL", status: 503 };

describe("a full memory store", () => {
  it("ends the anonymous session that has been without activity longest", () => {
    const { store } = storeWith({ maxSessions: 4 });
    fill(store, "abcd");
    store.touch([{ handle: "a", version: 1, expiresAt: NOW + HOUR, header: Buffer.from("seen") }], NOW);
    store.update("b", 1, record(), NOW);
    fill(store, "ef");
    assert.equal(present(store, "abcdef"), "abef");
  });

  it("ends no signed-in session while there is an anonymous one", () => {
    const { store } = storeWith({ maxSessions: 4 });
    fill(store, "AbCd");
    fill(store, "EF");
    assert.equal(present(store, "AbCdEF"), "ACEF");
  });

  it("ends signed-in sessions, longest without activity first, only for a signed-in newcomer", () => {
    const { store } = storeWith({ maxSessions: 2 });
    fill(store, "AB");
    assert.throws(() => store.create("c", record(), NOW), full);
    assert.equal(present(store, "ABc"), "AB");
    fill(store, "D");
    assert.equal(present(store, "ABD"), "BD");
  });

  it("frees what has expired before it ends a live session, however many have lived on beside it", () => {
    const { store, warnings } = storeWith({ maxSessions: 9 });
    fill(store, "abcdefgh", { expiresAt: NOW + SECOND });
    const live = [..."abcdefgh"].map((handle) => ({
      handle,
      version: 1,
      expiresAt: NOW + HOUR,
      header: Buffer.from("seen"),
    }));
    store.touch(live, NOW);
    fill(store, "i", { expiresAt: NOW + SECOND + 1 });
    fill(store, "j", {}, NOW + SECOND + 1);
    assert.equal(present(store, "abcdefghij", NOW + SECOND + 1), "abcdefghj");
    assert.equal(store.size, 9);
    assert.deepEqual(warnings, []);
  });

  it("lets an anonymous newcomer in once a signed-in session has expired", () => {
    const { store } = storeWith({ maxSessions: 6 });
    fill(store, "ABCDE", { expiresAt: NOW + 2 * HOUR });
    fill(store, "F");
    assert.throws(() => store.create("g", record(), NOW + HOUR - 1), full);
    fill(store, "g", { expiresAt: NOW + 2 * HOUR }, NOW + HOUR);
    assert.equal(present(store, "ABCDEg", NOW + HOUR), "ABCDEg");
  });

  it("counts header, body and overhead against maxBytes", () => {
    const { store } = storeWith({ maxBytes: 2 * (OVERHEAD + 100) });
    const fields = { header: Buffer.alloc(30), body: Buffer.alloc(70) };
    fill(store, "ab", fields);
    assert.equal(store.bytes, 2 * (OVERHEAD + 100));
    fill(store, "c", fields);
    assert.equal(present(store, "abc"), "bc");
    store.delete("b", NOW);
    assert.equal(store.bytes, OVERHEAD + 100);
  });

  it("makes room for a session that grows, and never ends that one for it", () => {
    const { store } = storeWith({ maxBytes: 3 * (OVERHEAD + 100) });
    const fields = { header: Buffer.alloc(30), body: Buffer.alloc(70) };
    fill(store, "abc", fields);
    assert.equal(store.update("a", 1, record({ ...fields, body: Buffer.alloc(71) }), NOW), true);
    assert.equal(present(store, "abc"), "ac");
    store.touch([{ handle: "c", version: 1, expiresAt: NOW + HOUR, header: Buffer.alloc(1129) }], NOW);
    assert.equal(present(store, "ac"), "ac");
    store.touch([{ handle: "c", version: 1, expiresAt: NOW + HOUR, header: Buffer.alloc(1130) }], NOW);
    assert.equal(present(store, "ac"), "c");
    assert.ok(store.bytes <= 3 * (OVERHEAD + 100));
  });

  it("refuses what cannot fit, and neither changes it nor ends anybody's session for it", () => {
    const { store, warnings } = storeWith({ maxBytes: 4 * (OVERHEAD + 10) });
    fill(store, "Abcd");
    const before = store.read("b", NOW);
    const bytes = store.bytes;
    const large = record({ body: Buffer.alloc(4 * OVERHEAD) });
    const middling = record({ body: Buffer.alloc(3 * OVERHEAD) });
    assert.throws(() => store.create("e", large, NOW), full);
    assert.throws(() => store.create("E", { ...large, user: newUser() }, NOW), full);
    assert.throws(
      () => store.create("e", middling, NOW),
      full,
      "there is room only beside no signed-in session",
    );
    assert.throws(() => store.update("b", 1, large, NOW), full);
    assert.equal(present(store, "Abcd"), "Abcd");
    assert.equal(store.read("b", NOW), before);
    assert.equal(store.bytes, bytes);
    assert.deepEqual(warnings, []);
    assert.equal(store.update("b", 1, record(), NOW), true);
  });

  it("takes the session it ends off its user's list", () => {
    const { store } = storeWith({ maxSessions: 1 });
    const user = newUser();
    store.create("a", record({ user }), NOW);
    store.create("b", record({ user }), NOW);
    assert.deepEqual(
      store.listUser([user], NOW).map(({ handle }) => handle),
      ["b"],
    );
  });

  it("says so at the first session it ends, then at most once a minute, and how many", () => {
    const { store, warnings } = storeWith({ maxSessions: 2, maxBytes: 1_000_000 });
    fill(store, "abc");
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? "",
      /full \(at most 2 sessions, 1000000 bytes\) and ended 1 live session to make room/,
    );
    fill(store, "de", {}, NOW + MINUTE - 1);
    assert.equal(warnings.length, 1);
    fill(store, "f", {}, NOW + MINUTE);
    assert.equal(warnings.length, 2);
    assert.match(warnings[1] ?? "", /ended 3 live sessions/);
  });

  it("warns through the process unless told otherwise", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    fill(new MemoryStore({ maxSessions: 1 }), "ab");
    const warning = await warned;
    assert.equal(warning.name, "HoldfastWarning");
    assert.equal(Reflect.get(warning, "code"), "HOLDFAST_MEMORY_STORE_FULL");
  });
});

describe("the values of a memory store", () => {
  const VALUE = 480;
  const value = Buffer.alloc(100);
  /** What a value of a one-letter name counts for. */
  const WEIGHT = VALUE + 101;

  it("count against maxBytes with their names, and no longer once they are gone", () => {
    const { store } = storeWith({});
    store.writeValue("a", 0, value, NOW, NOW + HOUR);
    store.writeValue("b", 0, value, NOW);
    assert.equal(store.bytes, 2 * WEIGHT);
    store.writeValue("b", 1, Buffer.alloc(0), NOW);
    assert.equal(store.bytes, 2 * WEIGHT - 100);
    store.deleteAll(NOW);
    assert.equal(store.bytes, 2 * WEIGHT - 100);
    store.prune(NOW + HOUR, 10);
    assert.equal(store.bytes, WEIGHT - 100);
  });

  it("end anonymous sessions to make room, but no signed-in one and no other value", () => {
    const { store, warnings } = storeWith({ maxBytes: 4 * (OVERHEAD + 10) + WEIGHT });
    fill(store, "aBcD");
    for (const name of "vw") assert.equal(store.writeValue(name, 0, value, NOW, NOW + HOUR), true);
    assert.equal(present(store, "aBcD"), "BcD");
    assert.match(warnings[0] ?? "", /ended 1 live session to make room/);
    for (const name of "xy") store.writeValue(name, 0, value, NOW, NOW + HOUR);
    assert.equal(present(store, "aBcD"), "BD");
    assert.throws(() => store.writeValue("z", 0, value, NOW, NOW + HOUR), full);
    assert.equal(store.readValue("z", NOW), null);
    assert.throws(() => store.writeValue("y", 1, Buffer.alloc(1_000), NOW, NOW + HOUR), full);
    for (const name of "vwxy") assert.equal(store.readValue(name, NOW)?.version, 1);
    assert.equal(present(store, "BD"), "BD");
    assert.equal(store.writeValue("y", 1, value, NOW, NOW + HOUR), true);
  });

  it("are not ended for a session, signed in or not", () => {
    const { store } = storeWith({ maxBytes: OVERHEAD + 10 + 2 * WEIGHT });
    for (const name of "vw") store.writeValue(name, 0, value, NOW, NOW + HOUR);
    fill(store, "A");
    fill(store, "B");
    assert.equal(present(store, "AB"), "B");
    store.delete("B", NOW);
    store.writeValue("x", 0, value, NOW);
    assert.throws(() => store.create("C", record({ user: newUser() }), NOW), full);
    assert.throws(() => store.create("d", record(), NOW), full);
    for (const name of "vwx") assert.equal(store.readValue(name, NOW)?.version, 1);
  });

  it("make room once they have expired, for values and for sessions", () => {
    const { store } = storeWith({ maxBytes: 8 * WEIGHT });
    for (const name of "stuvwxyz") store.writeValue(name, 0, value, NOW, NOW + HOUR);
    assert.throws(() => store.writeValue("z", 1, Buffer.alloc(101), NOW, NOW + HOUR), full);
    assert.equal(store.writeValue("z", 0, Buffer.alloc(101), NOW + HOUR, NOW + 2 * HOUR), true);
    fill(store, "ABC", { expiresAt: NOW + 2 * HOUR }, NOW + HOUR);
    assert.equal(present(store, "ABC", NOW + HOUR), "ABC");
  });

  it("do not grow in a process that never prunes", () => {
    const { store } = storeWith({});
    let largest = 0;
    for (let second = 0; second < 2_000; second++) {
      const now = NOW + second * SECOND;
      store.writeValue(newHandle(), 0, value, now, now + MINUTE);
      largest = Math.max(largest, store.bytes);
    }
    assert.ok(largest <= 70 * (VALUE + 122), `it held ${largest} bytes, of which 60 values were live`);
  });
});

describe("the memory store", () => {
  it("does not grow in a process that never prunes", () => {
    const { store, warnings } = storeWith({});
    let largest = 0;
    for (let second = 0; second < 5_000; second++) {
      const now = NOW + second * SECOND;
      const handle = newHandle();
      store.create(handle, record({ user: newUser(), expiresAt: now + MINUTE }), now);
      // Every other session stays active for another minute, so its first due time passes without its end.
      if (second % 2 === 0) {
        store.touch([{ handle, version: 1, expiresAt: now + 2 * MINUTE, header: Buffer.from("seen") }], now);
      }
      largest = Math.max(largest, store.size);
    }
    assert.ok(largest <= 100, `it held ${largest} sessions, of which 90 were live`);
    assert.deepEqual(warnings, []);
  });

  it("is empty once everything has expired and been pruned", () => {
    const { store } = storeWith({});
    fill(store, "abcDEF");
    assert.equal(store.prune(NOW + HOUR, 100), 6);
    assert.deepEqual([store.size, store.bytes], [0, 0]);
  });

  it("gives back the very values it was given", () => {
    const store = new MemoryStore<unknown>();
    const header = { any: "value" };
    const body = "a text";
    store.create("a", { ...record({}), header, body }, NOW);
    assert.equal(store.read("a", NOW)?.header, header);
    assert.equal(store.read("a", NOW)?.body, body);
  });

  it("refuses all sign-ins in flight rather than forget a deletion when too many users' sessions are deleted", () => {
    const { store } = storeWith({ maxSessions: 2 });
    const [first, second, third, stranger] = [newUser(), newUser(), newUser(), newUser()];
    const users = [first, second, third, stranger];
    const began = users.map((user) => store.userGeneration(user));
    for (const user of [first, second, third]) store.deleteUser([user], NOW);
    for (const [index, user] of users.entries()) {
      assert.equal(store.create(newHandle(), record({ user }), NOW, began[index]), "revoked");
      assert.equal(store.create(newHandle(), record({ user }), NOW, store.userGeneration(user)), "created");
    }
  });

  it("forgets deletions an hour old, in whatever order users had theirs", () => {
    const { store } = storeWith({});
    const [again, once] = [newUser(), newUser()];
    store.deleteUser([again], NOW);
    store.deleteUser([once], NOW);
    store.deleteUser([again], NOW + MINUTE);
    store.prune(NOW + HOUR, 1);
    assert.equal(store.userGeneration(once), 0);
    assert.notEqual(store.userGeneration(again), 0);
  });

  it("refuses options that it does not know or cannot use", () => {
    const refused: readonly (readonly [unknown, string])[] = [
      [{ maxSession: 5 }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ maxSessions: 0 }, "ERR_HOLDFAST_OPTION"],
      [{ maxSessions: 1.5 }, "ERR_HOLDFAST_OPTION"],
      [{ maxBytes: "1 MB" }, "ERR_HOLDFAST_OPTION"],
      [{ maxBytes: Number.NaN }, "ERR_HOLDFAST_OPTION"],
      [{ onWarning: "log" }, "ERR_HOLDFAST_OPTION"],
      [null, "ERR_HOLDFAST_OPTION"],
      [[], "ERR_HOLDFAST_OPTION"],
    ];
    for (const [options, code] of refused) {
      assert.throws(() => new MemoryStore(options as MemoryStoreOptions), { code }, JSON.stringify(options));
    }
  });
});
