/**
 * Headers of records, of any content that one may have.
 */
import fc from "fast-check";
import type { RecordHeader, StampedHeader } from "../../src/session/record/header.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
export const time: fc.Arbitrary<number> = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true });
export const keyId: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom("A", "z", "0", "-", "_"),
  minLength: 4,
  maxLength: 4,
});
// As JSON carries it: half of a surrogate pair is no text.
export const text: fc.Arbitrary<string> = fc.string({ unit: "grapheme" });

export const proof: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((b) => Buffer.from(b).toString("base64url"));

const wraps = fc.array(fc.record({ keyId, bytes: bytes32 }), { maxLength: 8 });

const jwk = fc.oneof(
  fc.record({ kty: fc.constant("EC" as const), crv: fc.constant("P-256" as const), x: text, y: text }),
  fc.record({ kty: fc.constant("RSA" as const), n: text, e: text }),
);

const key = fc
  .record({ id: text, jwk, thumbprint: text, boundAt: time, provenAt: time })
  .map((it) => ({ ...it, algorithm: it.jwk.kty === "EC" ? ("ES256" as const) : ("RS256" as const) }));

const device = fc.record(
  { key, challenges: fc.array(fc.record({ value: text, until: time }), { maxLength: 3 }) },
  { requiredKeys: ["challenges"] },
);

// Beside it -0 is 0, and names are told apart by no more than their letters.
const asJson = (value: Record<string, unknown>): Record<string, unknown> => JSON.parse(JSON.stringify(value));

const recordHeaders: fc.Arbitrary<RecordHeader> = fc.record({
  createdAt: time,
  authenticatedAt: time,
  level: fc.integer({ min: 0, max: 9 }),
  methods: fc.array(text, { maxLength: 16 }),
  idle: time,
  endsAt: time,
  cookieLife: time,
  remembered: fc.boolean(),
  proof,
  secretSince: time,
  next: fc.option(fc.record({ proof, keyId, wraps }), { nil: undefined }),
  previous: fc.option(fc.record({ proof, until: time, wraps }), { nil: undefined }),
  wraps,
  user: fc.option(text),
  client: fc.record({ ip: text, userAgent: text }, { requiredKeys: [] }),
  pending: fc.array(fc.record({ purpose: text, until: time, value: text }), { maxLength: 8 }),
  lock: fc.constantFrom("none", "open", "locked"),
  impersonation: fc.option(fc.record({ user: text, own: fc.oneof(text, fc.integer()) })),
  legacy: fc.option(
    fc.record({ path: text, id: text, domain: text, partitioned: fc.boolean() }, { requiredKeys: ["path"] }),
    { nil: undefined },
  ),
  device: fc.option(device, { nil: undefined }),
  provider: fc.option(
    fc.record(
      { issuer: text, subject: text, sid: text, issuedAt: time },
      { requiredKeys: ["issuer", "subject", "issuedAt"] },
    ),
    { nil: undefined },
  ),
  unknown: fc.option(
    fc.dictionary(fc.oneof(text, fc.constant("__proto__")), fc.jsonValue(), { minKeys: 1 }).map(asJson),
    { nil: undefined },
  ),
});

const version = fc.integer({ min: 1 });

/** Of a header that was written with its data, or apart from it. */
const versions = fc.oneof(
  version.map((it) => ({ writtenIn: it, tie: { headerVersion: it, dataVersion: it } })),
  fc.record({ writtenIn: version, tie: fc.record({ headerVersion: version, dataVersion: version }) }),
);

export const headers: fc.Arbitrary<StampedHeader> = fc
  .record({ header: recordHeaders, seenAt: time, versions })
  .map(({ header, seenAt, versions }) => ({ header, seenAt, ...versions }));
