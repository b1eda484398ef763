import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SessionObject } from "../../src/session/object/session-object.ts";
import { takeSnapshot } from "../../src/session/object/take-snapshot.ts";
import { Snapshot } from "../../src/session/record/snapshot.ts";
import { dataOf } from "../../src/session/visit/merge.ts";
import type { Visit } from "../../src/session/visit/visit.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

function heapAfterCollection(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const EXCEPT: ReadonlySet<string> = new Set(["secret"]);

const pour = (snapshot: Snapshot): Record<string, unknown> => {
  const target = {};
  snapshot.pourInto(target, EXCEPT);
  return target;
};

describe("a snapshot", () => {
  it("made of text is parsed for its first reader, and kept as objects from the second on", () => {
    const snapshot = Snapshot.ofJson('{"a":[1]}');
    for (const comparable of [false, true, true]) {
      assert.deepEqual(pour(snapshot), { a: [1] });
      assert.equal(snapshot.comparable, comparable);
    }
  });

  it("gives no reader the keys that are excepted, in whichever form it is", () => {
    const snapshot = Snapshot.ofJson('{"a":1,"secret":2}');
    for (let i = 0; i < 4; i++) assert.deepEqual(pour(snapshot), { a: 1 });
  });

  it("of a new session stays what it is, however often it is read", () => {
    for (let i = 0; i < 4; i++) assert.deepEqual(pour(Snapshot.EMPTY), {});
    assert.equal(Snapshot.EMPTY.comparable, false, "what begins is kept as text");
  });

  it("tells what has changed from what has not, without sharing what changed", () => {
    const snapshot = Snapshot.ofJson('{"a":[1],"b":{"c":2}}');
    pour(snapshot);
    const data = pour(snapshot);
    assert.equal(snapshot.next(data), snapshot);
    (data.a as number[]).push(2);
    const next = snapshot.next(data);
    assert.equal(next?.json, '{"a":[1,2],"b":{"c":2}}');
    assert.equal(snapshot.json, '{"a":[1],"b":{"c":2}}');
    (data.a as number[]).push(3);
    assert.equal(next?.json, '{"a":[1,2],"b":{"c":2}}');
  });

  it("keeps names that have become reserved out of a session, whoever reads it first", () => {
    const snapshot = Snapshot.ofJson('{"times":1,"a":2}');
    for (let i = 0; i < 3; i++) assert.deepEqual({ ...dataOf(snapshot) }, { a: 2 });
  });
});

describe("what a snapshot counts for", () => {
  it("bounds what it takes in either form: many small objects stay text", () => {
    const dense = Snapshot.ofJson(JSON.stringify({ list: Array.from({ length: 2000 }, () => ({})) }));
    const roomy = Snapshot.ofJson(JSON.stringify({ text: "x".repeat(4000), n: 1 }));
    for (let i = 0; i < 3; i++) for (const snapshot of [dense, roomy]) pour(snapshot);
    assert.deepEqual([dense.comparable, roomy.comparable], [false, true]);
  });
});

describe("taking a snapshot", () => {
  // The object asks its visit only for what is the session's own.
  const sessionOf = (data: object): SessionObject => Object.assign(new SessionObject({} as Visit), data);

  it("gives back the one before where nothing has changed, in either form", () => {
    for (const reads of [0, 1, 2, 3]) {
      const known = Snapshot.ofJson('{"a":[1]}');
      for (let i = 0; i < reads; i++) pour(known);
      assert.equal(takeSnapshot(sessionOf({ a: [1] }), known, 100), known);
      assert.equal(takeSnapshot(sessionOf({ a: [1], gone: undefined }), known, 100), known);
      assert.notEqual(takeSnapshot(sessionOf({ a: [2] }), known, 100), known);
    }
  });

  it("leaves to JSON what says in any way what JSON it is, in either form", () => {
    class Odd extends Array {
      override *[Symbol.iterator](): Generator<number> {
        yield 9;
      }
    }
    const hidden = (target: object, name: string, value: unknown): object =>
      Object.defineProperty(target, name, { value, enumerable: false });
    const secretive: readonly (readonly [object, string])[] = [
      [hidden({ name: "a", password: "p" }, "toJSON", () => ({ name: "a" })), '{"name":"a"}'],
      [hidden([1], "toJSON", () => "list"), '"list"'],
      [Odd.from([4, 5]), "[4,5]"],
      [hidden({}, "a", 1), "{}"],
    ];
    for (const [value, json] of secretive) {
      for (const reads of [0, 3]) {
        const known = Snapshot.ofJson('{"a":{"a":1},"value":{"a":1}}');
        for (let i = 0; i < reads; i++) pour(known);
        assert.equal(takeSnapshot(sessionOf({ value }), known, 1000).json, `{"value":${json}}`);
      }
    }
  });

  it("gives the errors of getters their code, in either form", () => {
    const session = sessionOf({ a: 1 });
    Object.defineProperty(session, "g", {
      get() {
        throw new Error("boom");
      },
      enumerable: true,
    });
    for (const reads of [0, 3]) {
      const known = Snapshot.ofJson('{"a":1}');
      for (let i = 0; i < reads; i++) pour(known);
      assert.throws(() => takeSnapshot(session, known, 1000), { code: "ERR_HOLDFAST_NOT_JSON" });
    }
  });

  it("refuses a list that is too long before it is looked through", () => {
    const list: number[] = [];
    list[150_000_000] = 1;
    for (const reads of [0, 3]) {
      const known = Snapshot.ofJson('{"a":1}');
      for (let i = 0; i < reads; i++) pour(known);
      assert.throws(() => takeSnapshot(sessionOf({ list }), known, 65_536), {
        code: "ERR_HOLDFAST_TOO_LARGE",
      });
    }
  });

  it("keeps nothing of the request that a text was cut out of", () => {
    const known = Snapshot.ofJson('{"a":1}');
    for (let i = 0; i < 3; i++) pour(known);
    const kept: Snapshot[] = [];
    const before = heapAfterCollection();
    for (let i = 0; i < 50; i++) {
      const body = randomBytes(500_000).toString("hex");
      kept.push(takeSnapshot(sessionOf({ name: body.slice(0, 40) }), known, 1000));
    }
    assert.ok(heapAfterCollection() - before < 5_000_000, "fifty bodies of a megabyte");
    assert.equal(kept.length, 50);
  });

  it("of a new session takes little more memory than its text has characters", () => {
    const kept: Snapshot[] = [];
    const before = heapAfterCollection();
    for (let i = 0; i < 10_000; i++) {
      const items = Array.from({ length: 20 }, (_, index) => ({ article: index, pieces: 1 }));
      kept.push(takeSnapshot(sessionOf({ userId: i, items }), Snapshot.EMPTY, 10_000));
    }
    const each = (heapAfterCollection() - before) / kept.length;
    const { length } = kept[0]?.json ?? "";
    assert.ok(each < length + 130, `${each} bytes for ${length} characters`);
  });

  it("is made of the JSON of an object alone", () => {
    for (const json of ["[]", "null", '"{}"', ""]) assert.throws(() => Snapshot.ofJson(json), TypeError);
  });

  it("blames the value that JSON cannot carry, not one that says itself what JSON it is", () => {
    const document = { toJSON: () => ({ id: 1 }), save: () => undefined };
    assert.throws(
      () => takeSnapshot(sessionOf({ document, bad: new Map() }), Snapshot.EMPTY, 1000),
      /req\.session\.bad is a Map/,
    );
    assert.equal(takeSnapshot(sessionOf({ document }), Snapshot.EMPTY, 1000).json, '{"document":{"id":1}}');
  });
});
