import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StampedHeader, WrappedKey } from "../../src/session/record/header.ts";
import { decodeHeader, encodeHeader } from "../../src/session/record/header-bytes.ts";
import { headers, keyId, proof, text, time } from "../support/record-headers.ts";

const unknownFormat = fc.integer({ min: 0, max: 255 }).filter((format) => format < 1 || format > 3);

/** The header with other details. */
function withDetails(given: StampedHeader, details: object): Buffer {
  const bytes = encodeHeader(given);
  return Buffer.concat([
    bytes.subarray(0, 103 + 36 * given.header.wraps.length),
    Buffer.from(JSON.stringify(details)),
  ]);
}

/** The header as it was before there were levels. */
function inFormat1(given: StampedHeader): Buffer {
  const { user, client, wraps } = given.header;
  const bytes = withDetails(given, { user, client });
  const levelAt = 102 + 36 * wraps.length;
  return Buffer.concat([Buffer.of(1), bytes.subarray(1, levelAt), bytes.subarray(levelAt + 1)]);
}

/** As one of a format that did not say when it was written. */
function unversioned(given: StampedHeader): StampedHeader {
  const { dataVersion: version } = given.tie;
  return {
    ...given,
    writtenIn: Number.POSITIVE_INFINITY,
    tie: { headerVersion: version, dataVersion: version },
  };
}

/** As plain data: one kind of bytes is as good as another. */
function plain(given: StampedHeader | null): unknown {
  if (given === null) return null;
  const { header, seenAt, writtenIn, tie } = given;
  return {
    ...structuredClone({ ...header, wraps: [], next: undefined, previous: undefined }),
    seenAt,
    writtenIn,
    tie: { ...tie },
    wraps: plainWraps(header.wraps),
    next: header.next && { ...header.next, wraps: plainWraps(header.next.wraps) },
    previous: header.previous && { ...header.previous, wraps: plainWraps(header.previous.wraps) },
  };
}

const plainWraps = (wraps: readonly WrappedKey[]) => wraps.map(({ keyId, bytes }) => [keyId, ...bytes]);

describe("a record's header", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(headers, (given) => {
        assert.deepEqual(plain(decodeHeader(encodeHeader(given))), plain(given));
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
      fc.property(headers, unknownFormat, (given, format) => {
        const bytes = encodeHeader(given);
        for (let length = 0; length < bytes.length; length += 7) {
          assert.equal(decodeHeader(bytes.subarray(0, length)), null);
        }
        const other = Buffer.from(bytes);
        other[0] = format;
        assert.equal(decodeHeader(other), null);
      }),
      { numRuns: 50 },
    );
  });

  it("is not read with a level beyond 9, or methods that are no texts", () => {
    fc.assert(
      fc.property(headers, fc.integer({ min: 10, max: 255 }), fc.jsonValue(), (given, level, methods) => {
        assert.equal(decodeHeader(encodeHeader({ ...given, header: { ...given.header, level } })), null);
        fc.pre(!Array.isArray(methods) || methods.some((name) => typeof name !== "string"));
        assert.equal(decodeHeader(withDetails(given, { user: null, client: {}, methods })), null);
      }),
    );
  });

  it("is not read with a next or previous secret that is none", () => {
    const broken = fc.oneof(
      fc.jsonValue(),
      fc.record({ proof, keyId, until: time }),
      fc.record({ proof, keyId, until: time, wraps: fc.constant([["AbCd"]]) }),
    );
    fc.assert(
      fc.property(headers, broken, fc.constantFrom("next", "previous"), (given, secret, which) => {
        fc.pre(secret !== undefined);
        assert.equal(decodeHeader(withDetails(given, { user: null, client: {}, [which]: secret })), null);
      }),
    );
  });

  it("is not read with a lock of another kind", () => {
    fc.assert(
      fc.property(headers, fc.jsonValue(), (given, lock) => {
        fc.pre(lock !== "none" && lock !== "open" && lock !== "locked");
        assert.equal(decodeHeader(withDetails(given, { user: null, client: {}, lock })), null);
      }),
    );
  });

  it("is not read with a legacy session that is none", () => {
    const wrong = fc.oneof(
      fc.constantFrom(null, "x", {}, { path: 7 }),
      fc.constantFrom({ path: "/", id: 7 }, { path: "/", domain: null }),
    );
    fc.assert(
      fc.property(headers, wrong, (given, legacy) => {
        assert.equal(decodeHeader(withDetails(given, { user: "anna", client: {}, legacy })), null);
      }),
    );
  });

  it("is not read with a device that is none", () => {
    const whole = { id: "a", algorithm: "ES256", thumbprint: "t", boundAt: 1, provenAt: 1 };
    const point = { kty: "EC", crv: "P-256", x: "x", y: "y" };
    const wrong = fc.oneof(
      fc
        .jsonValue()
        .filter((value) => value === null || typeof value !== "object" || !("challenges" in value)),
      fc.record({ challenges: fc.constantFrom("x", null, [1], [{ value: "x" }], [{ value: 1, until: 2 }]) }),
      fc.record({
        challenges: fc.constant([]),
        key: fc.oneof(
          fc.jsonValue(),
          fc.constant({ ...whole, jwk: { ...point, kty: "oct" } }),
          fc.constant({ ...whole, jwk: { ...point, x: 1 } }),
          fc.constant({ ...whole, jwk: point, algorithm: "RS256" }),
          fc.constant({ ...whole, jwk: point, boundAt: "1" }),
        ),
      }),
    );
    fc.assert(
      fc.property(headers, wrong, (given, device) => {
        assert.equal(decodeHeader(withDetails(given, { user: "anna", client: {}, device })), null);
      }),
    );
    const right = { challenges: [], key: { ...whole, jwk: point } };
    fc.assert(
      fc.property(headers, (given) =>
        assert.notEqual(decodeHeader(withDetails(given, { user: "a", client: {}, device: right })), null),
      ),
    );
  });

  it("is not read with versions that are none", () => {
    const wrong = fc.oneof(
      fc.jsonValue().filter((value) => !Array.isArray(value)),
      fc.constantFrom([], [1], [1, 2, 3], [1, "2"], [1, null], [1, 0.5]),
    );
    fc.assert(
      fc.property(headers, wrong, (given, versions) => {
        assert.equal(decodeHeader(withDetails(given, { user: "anna", client: {}, versions })), null);
      }),
    );
  });

  it("is not read with an impersonation of nobody", () => {
    const wrong = fc.oneof(
      fc.jsonValue().filter((value) => value !== null && !(typeof value === "object" && "user" in value)),
      fc.record({ user: fc.oneof(fc.integer(), fc.constant(null)), own: text }),
      fc.record({ user: text, own: fc.oneof(fc.boolean(), fc.constant(null)) }),
    );
    fc.assert(
      fc.property(headers, wrong, (given, impersonation) => {
        assert.equal(decodeHeader(withDetails(given, { user: "anna", client: {}, impersonation })), null);
      }),
    );
  });

  it("hands out methods that cannot be changed", () => {
    fc.assert(
      fc.property(headers, (given) => Object.isFrozen(decodeHeader(encodeHeader(given))?.header.methods)),
    );
  });

  it("of any bytes at all is null or a header whose every field has its type", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 101, maxLength: 101 }), fc.json())
        .map(([head, json]) =>
          Buffer.concat([Buffer.of(3), head.subarray(1), Buffer.of(0, 1), Buffer.from(json)]),
        ),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        const { header } = decodeHeader(bytes) ?? {};
        if (header === undefined) return;
        assert.equal(header.proof.length, 43);
        for (const wrap of header.wraps) assert.equal(wrap.bytes.length, 32);
        assert.ok(header.user === null || typeof header.user === "string");
        assert.equal(typeof header.client, "object");
        assert.ok(Number.isInteger(header.level) && header.level >= 0 && header.level <= 9);
        assert.ok(header.methods.every((name) => typeof name === "string"));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a record's header of format 2", () => {
  it("is read as it was written, and as one of which nobody knows when it was written", () => {
    fc.assert(
      fc.property(headers, (given) => {
        const { dataVersion: version } = given.tie;
        const together = {
          ...given,
          writtenIn: version,
          tie: { headerVersion: version, dataVersion: version },
        };
        const old = Buffer.concat([Buffer.of(2), encodeHeader(together).subarray(1)]);
        assert.deepEqual(plain(decodeHeader(old)), plain(unversioned(given)));
      }),
    );
  });
});

describe("a record's header of format 1", () => {
  it("is read as it was written", () => {
    const written =
      "AQFCeLz-VoAAAEJ4vP5WgAAAQni8_mUmAABBO3dAAAAAAEJ4vSeJYAAAAAAAAAAAAABACAAAAAAAAEFBQUFBQUFBQUFBQUFBQUFB" +
      "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUEBQWJDLQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHeyJ1c2VyIjoiYW5u" +
      "YSIsImNsaWVudCI6eyJpcCI6IjE5Mi4wLjIuMSIsInVzZXJBZ2VudCI6IkZpcmVmb3gifX0";
    const beganAt = 1_700_000_000_000;
    assert.deepEqual(plain(decodeHeader(Buffer.from(written, "base64url"))), {
      createdAt: beganAt,
      authenticatedAt: beganAt,
      level: 1,
      methods: [],
      seenAt: beganAt + 60_000,
      idle: 1_800_000,
      endsAt: beganAt + 43_200_000,
      cookieLife: 0,
      remembered: true,
      proof: "A".repeat(43),
      secretSince: beganAt,
      next: undefined,
      previous: undefined,
      writtenIn: Number.POSITIVE_INFINITY,
      tie: { headerVersion: 3, dataVersion: 3 },
      wraps: [["AbC-", ...Buffer.alloc(32, 7)]],
      user: "anna",
      client: { ip: "192.0.2.1", userAgent: "Firefox" },
      pending: [],
      lock: "none",
      impersonation: null,
      legacy: undefined,
      device: undefined,
      provider: undefined,
      unknown: undefined,
    });
  });

  it("has level 1 if the user had signed in, and 0 if not; and no methods", () => {
    fc.assert(
      fc.property(headers, fc.boolean(), (given, signedIn) => {
        const { authenticatedAt, createdAt } = given.header;
        const header = { ...given.header, authenticatedAt: signedIn ? authenticatedAt + 1 : 0 };
        const expected = {
          ...header,
          impersonation: null,
          legacy: undefined,
          device: undefined,
          provider: undefined,
          unknown: undefined,
          level: signedIn ? 1 : 0,
          methods: [],
          pending: [],
          lock: "none" as const,
          secretSince: createdAt,
          next: undefined,
          previous: undefined,
        };
        const old = inFormat1({ ...given, header });
        assert.deepEqual(plain(decodeHeader(old)), plain({ ...unversioned(given), header: expected }));
      }),
    );
  });
});
