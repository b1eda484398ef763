import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SessionObject } from "../../src/session/object/session-object.ts";
import { takeSnapshot } from "../../src/session/object/take-snapshot.ts";
import { Snapshot } from "../../src/session/record/snapshot.ts";
import { dataOf } from "../../src/session/visit/merge.ts";
import type { Visit } from "../../src/session/visit/visit.ts";

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
    assert.equal(snapshot.json, '{"a":1,"secret":2}');
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

  it("blames the value that JSON cannot carry, not one that says itself what JSON it is", () => {
    const document = { toJSON: () => ({ id: 1 }), save: () => undefined };
    assert.throws(
      () => takeSnapshot(sessionOf({ document, bad: new Map() }), Snapshot.EMPTY, 1000),
      /req\.session\.bad is a Map/,
    );
    assert.equal(takeSnapshot(sessionOf({ document }), Snapshot.EMPTY, 1000).json, '{"document":{"id":1}}');
  });
});
