import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  JSON_BYTES_PER_BYTE,
  type PlainObject,
  plainCopy,
  pour,
} from "../../src/session/record/plain-data.ts";

const key = fc.oneof(fc.constantFrom("a", "b", "c", "toString", "__proto__", "1", ""), fc.string());
const json = fc.dictionary(key, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 });
/** Nearly everything that an app can put into a session, most of which JSON changes or cannot carry. */
const anything = fc.dictionary(
  key,
  fc.anything({
    maxDepth: 3,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  { maxKeys: 5 },
);

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

// An own `__proto__` is what a naive comparison takes for a prototype.
const sameAsJson = (copy: unknown, value: unknown): void =>
  assert.equal(sortedJson(copy), sortedJson(throughJson(value)));

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))
      : item,
  );
}

describe("a plain copy", () => {
  it("is what JSON would have made, or there is none", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const copy = plainCopy(value);
        if (copy !== undefined) sameAsJson(copy.data, value);
      }),
      { numRuns: 2000 },
    );
  });

  it("there is of all that comes out of JSON, unless it names __proto__ or nests deeper than thirty-two", () => {
    fc.assert(
      fc.property(json, (value) => {
        const parsed = JSON.parse(JSON.stringify(value));
        assert.equal(plainCopy(parsed) === undefined, JSON.stringify(parsed).includes('"__proto__":'));
      }),
    );
    const nested = (depth: number): PlainObject => (depth === 0 ? {} : { in: nested(depth - 1) });
    assert.notEqual(plainCopy(nested(32)), undefined);
    assert.equal(plainCopy(nested(33)), undefined);
  });

  it("shares nothing with what it was made from", () => {
    const value = { list: [{ deep: [1] }], map: { a: { b: 1 } } };
    const before = throughJson(value);
    const copy = plainCopy(value);
    value.list[0]?.deep.push(2);
    value.map.a.b = 2;
    assert.deepEqual(copy?.data, before);
  });

  it("is the earlier copy itself where nothing has changed, in whatever order", () => {
    fc.assert(
      fc.property(json, (value) => {
        const base = plainCopy(value)?.data;
        if (base === undefined) return;
        const reversed = Object.fromEntries(Object.entries(structuredClone(value)).reverse());
        assert.equal(plainCopy(reversed, base)?.data, base);
      }),
    );
  });

  it("over an earlier one is what it would have been without, and weighs as much", () => {
    fc.assert(
      fc.property(json, anything, fc.boolean(), (earlier, later, related) => {
        const base = plainCopy(earlier)?.data;
        if (base === undefined) return;
        const before = JSON.stringify(base);
        const value = related ? { ...earlier, ...later } : later;
        assert.deepEqual(
          plainCopy(value, base)?.data === undefined,
          plainCopy(value)?.data === undefined,
          "plain or not",
        );
        const copy = plainCopy(value, base);
        if (copy !== undefined) {
          sameAsJson(copy.data, value);
          assert.equal(copy.bytes, plainCopy(value)?.bytes);
        }
        assert.equal(JSON.stringify(base), before, "the earlier copy is as it was");
      }),
      { numRuns: 2000 },
    );
  });

  it("takes over from an earlier one what has not changed", () => {
    const base = plainCopy({ cart: [{ id: 1 }], views: 1 })?.data;
    const copy = plainCopy({ cart: [{ id: 1 }], views: 2 }, base)?.data;
    assert.equal(copy?.cart, base?.cart);
    assert.equal(copy?.views, 2);
  });

  it("says how many bytes its JSON has at most", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\u0001", "\u2028", "€", "\ud800", '"') });
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.double(), fc.array(text))), (value) => {
        const copy = plainCopy(value);
        if (copy === undefined) return;
        assert.ok(Buffer.byteLength(JSON.stringify(copy.data)) <= (copy.bytes + 1) * JSON_BYTES_PER_BYTE);
      }),
    );
  });
});

describe("plain data poured into an object", () => {
  it("is the object's own", () => {
    fc.assert(
      fc.property(json, (value) => {
        const plain = plainCopy(value)?.data;
        if (plain === undefined) return;
        const before = JSON.stringify(plain);
        const target: PlainObject = {};
        pour(plain, target);
        sameAsJson(target, plain);
        spoil(target);
        assert.equal(JSON.stringify(plain), before);
      }),
    );
  });
});

function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) spoil(item);
  if (Array.isArray(value)) value.push("spoilt");
  else Object.assign(value, { spoilt: true });
}
