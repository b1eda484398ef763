import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type HeaderFields, RecordHeader } from "../../src/session/record-header.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const time = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true });
const keyId = fc.string({ unit: fc.constantFrom("A", "z", "0", "-", "_"), minLength: 4, maxLength: 4 });
// As JSON carries it: half of a surrogate pair is no text.
const text = fc.string({ unit: "grapheme" });

const fields: fc.Arbitrary<HeaderFields> = fc.record({
  createdAt: time,
  authenticatedAt: time,
  seenAt: time,
  idle: time,
  endsAt: time,
  cookieLife: time,
  remembered: fc.boolean(),
  secretHash: bytes32,
  dataVersion: fc.integer({ min: 1 }),
  wraps: fc.array(fc.record({ keyId, bytes: bytes32 }), { maxLength: 8 }),
  details: fc.record(
    { user: text, client: fc.record({ ip: text, userAgent: text }, { requiredKeys: [] }) },
    { requiredKeys: [] },
  ),
});

const asWritten = (header: RecordHeader): unknown =>
  structuredClone({ ...header.fields(), wraps: header.wraps.map(plain) });
const plain = ({ keyId, bytes }: { keyId: string; bytes: Uint8Array }) => ({ keyId, bytes: [...bytes] });

describe("a record's header", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(fields, (given) => {
        const read = RecordHeader.read(RecordHeader.from(given).bytes);
        assert.ok(read);
        const { wraps, secretHash, ...rest } = read.fields();
        const { wraps: givenWraps, secretHash: givenHash, ...givenRest } = given;
        assert.deepEqual(JSON.parse(JSON.stringify(rest)), JSON.parse(JSON.stringify(givenRest)));
        assert.deepEqual(wraps.map(plain), givenWraps.map(plain));
        assert.deepEqual([...secretHash], [...givenHash]);
      }),
    );
  });

  it("changes only what it is told to change", () => {
    fc.assert(
      fc.property(fields, time, fc.integer({ min: 1 }), (given, seenAt, dataVersion) => {
        const header = RecordHeader.from(given);
        const before = asWritten(header);
        const changed = header.with({ seenAt, dataVersion });
        assert.deepEqual(asWritten(changed), asWritten(RecordHeader.from({ ...given, seenAt, dataVersion })));
        assert.deepEqual(asWritten(header.with({})), before);
        assert.deepEqual(asWritten(header), before, "the original stays as it was");
      }),
    );
  });

  it("reads a view into a larger buffer", () => {
    fc.assert(
      fc.property(fields, fc.nat(40), (given, offset) => {
        const { bytes } = RecordHeader.from(given);
        const large = new Uint8Array(offset + bytes.length);
        large.set(bytes, offset);
        const read = RecordHeader.read(large.subarray(offset));
        assert.deepEqual(read && asWritten(read), asWritten(RecordHeader.from(given)));
      }),
    );
  });

  it("is not read from another format, or where anything of its fixed part is missing", () => {
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 255 }), (given, format) => {
        const { bytes } = RecordHeader.from(given);
        const fixed = 91 + given.wraps.length * 36;
        for (let length = 0; length < fixed; length += 7)
          assert.equal(RecordHeader.read(bytes.subarray(0, length)), null);
        const other = Buffer.from(bytes);
        other[0] = format;
        assert.equal(RecordHeader.read(other) === null, format !== 1);
      }),
      { numRuns: 50 },
    );
  });

  it("of any bytes at all is null or a header whose every field can be asked for", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 91, maxLength: 300 }).map((bytes) => Uint8Array.of(1, ...bytes)),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        const header = RecordHeader.read(bytes);
        if (header === null) return;
        assert.equal(header.secretHash.length, 32);
        for (const wrap of header.wraps) assert.equal(wrap.bytes.length, 32);
        assert.equal(typeof header.details, "object");
      }),
      { numRuns: 500 },
    );
  });
});
