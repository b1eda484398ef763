import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Snapshot } from "../../src/session/record/snapshot.ts";
import {
  applyDelta,
  carryOver,
  conflictingKeys,
  type Data,
  dataOf,
  deltaBetween,
} from "../../src/session/visit/merge.ts";

const parsed = (json: string): Data => dataOf(Snapshot.ofJson(json));

// Few keys, so that both sides meet; JSON as it comes out of a store.
const key: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "c",
  "1",
  "constructor",
  "toString",
  "hasOwnProperty",
);
const data = fc
  .dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 })
  .map((value) => parsed(JSON.stringify(value)));

const same = (a: Data, b: Data) => assert.deepEqual(parsed(JSON.stringify(a)), parsed(JSON.stringify(b)));

describe("the changes a request made", () => {
  it("turn what it began with into what it ended with", () => {
    fc.assert(
      fc.property(data, data, (base, mine) => same(applyDelta(base, deltaBetween(base, mine)), mine)),
    );
  });

  it("are none where nothing changed", () => {
    fc.assert(fc.property(data, (base) => deltaBetween(base, parsed(JSON.stringify(base))).size === 0));
  });

  it("applied twice do what they do once", () => {
    fc.assert(
      fc.property(data, data, data, (base, mine, theirs) => {
        const delta = deltaBetween(base, mine);
        same(applyDelta(applyDelta(theirs, delta), delta), applyDelta(theirs, delta));
      }),
    );
  });

  it("leave what they were applied to as it was", () => {
    fc.assert(
      fc.property(data, data, data, (base, mine, theirs) => {
        const before = JSON.stringify(theirs);
        applyDelta(theirs, deltaBetween(base, mine));
        assert.equal(JSON.stringify(theirs), before);
      }),
    );
  });

  it("share no object with what they came from", () => {
    const mine = parsed('{"cart":{"items":[1]}}');
    const merged = applyDelta(parsed("{}"), deltaBetween(parsed("{}"), mine));
    (merged.cart as { items: number[] }).items.push(2);
    assert.deepEqual((mine.cart as { items: number[] }).items, [1]);
  });
});

describe("two requests at once", () => {
  it("lose nothing: every key that only one of them changed has that one's value", () => {
    fc.assert(
      fc.property(data, data, data, (base, mine, theirs) => {
        const [myDelta, theirDelta] = [deltaBetween(base, mine), deltaBetween(base, theirs)];
        const merged = applyDelta(theirs, myDelta);
        for (const name of new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)])) {
          const winner = myDelta.has(name) ? mine : theirDelta.has(name) ? theirs : base;
          assert.deepEqual(JSON.stringify(merged[name]), JSON.stringify(winner[name]), name);
        }
      }),
    );
  });

  it("come to the same whoever is first, where they changed different keys", () => {
    fc.assert(
      fc.property(data, data, data, (base, mine, theirs) => {
        const [myDelta, theirDelta] = [deltaBetween(base, mine), deltaBetween(base, theirs)];
        fc.pre(conflictingKeys(base, theirs, myDelta).length === 0);
        const one = applyDelta(applyDelta(base, theirDelta), myDelta);
        const other = applyDelta(applyDelta(base, myDelta), theirDelta);
        assert.deepEqual({ ...one }, { ...other });
      }),
    );
  });

  it("conflict exactly where both changed a key to different values", () => {
    fc.assert(
      fc.property(data, data, data, (base, mine, theirs) => {
        const text = (one: Data, name: string) =>
          Object.hasOwn(one, name) ? JSON.stringify(one[name]) : undefined;
        const expected = [
          ...new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)]),
        ].filter(
          (name) =>
            text(mine, name) !== text(base, name) &&
            text(theirs, name) !== text(base, name) &&
            text(mine, name) !== text(theirs, name),
        );
        assert.deepEqual(conflictingKeys(base, theirs, deltaBetween(base, mine)).sort(), expected.sort());
      }),
    );
  });

  it("both removing a key, or both setting it alike, is no conflict", () => {
    const base = parsed('{"a":1,"b":2}');
    const end = parsed('{"b":3}');
    assert.deepEqual(conflictingKeys(base, end, deltaBetween(base, end)), []);
  });
});

describe("what goes along to a new user", () => {
  it("is what this request wrote and what the allow-list names, and nothing else", () => {
    fc.assert(
      fc.property(data, data, fc.uniqueArray(key), (base, mine, keep) => {
        const written = [...deltaBetween(base, mine).keys()];
        const carried = carryOver(base, mine, keep);
        for (const name of Object.keys(mine)) {
          const expected = keep.includes(name) || written.includes(name);
          assert.equal(Object.hasOwn(carried, name), expected, name);
        }
        for (const name of Object.keys(carried)) assert.deepEqual(carried[name], mine[name]);
      }),
    );
  });

  it("is everything, where the user stays the same", () => {
    fc.assert(fc.property(data, data, (base, mine) => same(carryOver(base, mine, "all"), mine)));
  });
});

describe("stored data", () => {
  it("is parsed without a prototype and without __proto__", () => {
    const data = parsed(
      '{"__proto__":{"admin":true},"a":{"b":1},"constructor":{"prototype":{"admin":true}}}',
    );
    assert.equal(Object.getPrototypeOf(data), null);
    assert.deepEqual(Object.keys(data), ["a", "constructor"]);
    assert.equal(({} as Record<string, unknown>).admin, undefined);
  });
});
