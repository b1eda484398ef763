import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type RecordHeader, withActivity } from "../../src/session/record/header.ts";
import { decodeHeader, encodeHeader } from "../../src/session/record/header-bytes.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const time = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true });
const keyId = fc.string({ unit: fc.constantFrom("A", "z", "0", "-", "_"), minLength: 4, maxLength: 4 });
// As JSON carries it: half of a surrogate pair is no text.
const text = fc.string({ unit: "grapheme" });

const proof = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((b) => Buffer.from(b).toString("base64url"));

const headers: fc.Arbitrary<RecordHeader> = fc.record({
  createdAt: time,
  authenticatedAt: time,
  seenAt: time,
  idle: time,
  endsAt: time,
  cookieLife: time,
  remembered: fc.boolean(),
  proof,
  dataVersion: fc.integer({ min: 1 }),
  wraps: fc.array(fc.record({ keyId, bytes: bytes32 }), { maxLength: 8 }),
  user: fc.option(text),
  client: fc.record({ ip: text, userAgent: text }, { requiredKeys: [] }),
});

/** As plain data: one kind of bytes is as good as another. */
const plain = (header: RecordHeader | null): unknown =>
  header === null
    ? null
    : {
        ...structuredClone({ ...header, wraps: [] }),
        wraps: header.wraps.map(({ keyId, bytes }) => [keyId, ...bytes]),
      };

describe("a record's header", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(headers, (given) => {
        assert.deepEqual(plain(decodeHeader(encodeHeader(given))), plain(given));
      }),
    );
  });

  it("changes its activity and version, and nothing else", () => {
    fc.assert(
      fc.property(headers, time, fc.integer({ min: 1 }), (given, seenAt, dataVersion) => {
        const before = plain(given);
        assert.deepEqual(
          plain(withActivity(given, seenAt, dataVersion)),
          plain({ ...given, seenAt, dataVersion }),
        );
        assert.deepEqual(plain(given), before, "the original stays as it was");
      }),
    );
  });

  it("reads a view into a larger buffer", () => {
    fc.assert(
      fc.property(headers, fc.nat(40), (given, offset) => {
        const bytes = encodeHeader(given);
        const large = new Uint8Array(offset + bytes.length);
        large.set(bytes, offset);
        assert.deepEqual(plain(decodeHeader(large.subarray(offset))), plain(given));
      }),
    );
  });

  it("is not read from another format, or where anything of it is missing", () => {
    fc.assert(
      fc.property(headers, fc.integer({ min: 0, max: 255 }), (given, format) => {
        const bytes = encodeHeader(given);
        for (let length = 0; length < bytes.length; length += 7) {
          assert.equal(decodeHeader(bytes.subarray(0, length)), null);
        }
        const other = Buffer.from(bytes);
        other[0] = format;
        assert.equal(decodeHeader(other) === null, format !== 1);
      }),
      { numRuns: 50 },
    );
  });

  it("of any bytes at all is null or a header whose every field has its type", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 101, maxLength: 101 }), fc.json())
        .map(([head, json]) =>
          Buffer.concat([Buffer.of(1), head.subarray(1), Buffer.of(0), Buffer.from(json)]),
        ),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        const header = decodeHeader(bytes);
        if (header === null) return;
        assert.equal(header.proof.length, 43);
        for (const wrap of header.wraps) assert.equal(wrap.bytes.length, 32);
        assert.ok(header.user === null || typeof header.user === "string");
        assert.equal(typeof header.client, "object");
      }),
      { numRuns: 500 },
    );
  });
});
