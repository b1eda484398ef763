import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { systemRandom } from "../../src/crypto/random.ts";
import { Key } from "../../src/keys/key.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { recordCodec } from "../../src/session/record/codec.ts";
import { Credential, Credentials } from "../../src/session/record/credentials.ts";
import type { StampedHeader, WrappedKey } from "../../src/session/record/header.ts";
import { Snapshot } from "../../src/session/record/snapshot.ts";
import { strongSecret } from "../support/session-app.ts";

function server(...secrets: string[]) {
  const keys = new KeyRing(secrets);
  return {
    codec: recordCodec("shared", keys, systemRandom),
    credentials: new Credentials(keys, systemRandom),
  };
}

function headerFor(credential: Credential, wraps: readonly WrappedKey[], version = 1): StampedHeader {
  const header = {
    createdAt: 1,
    authenticatedAt: 0,
    level: 0,
    methods: [],
    idle: 2,
    endsAt: 3,
    cookieLife: 0,
    remembered: false,
    proof: credential.proof,
    secretSince: 0,
    next: undefined,
    previous: undefined,
    wraps,
    user: "anna",
    client: { userAgent: "Firefox" },
    pending: [],
    lock: "none" as const,
    impersonation: null,
  };
  const tie = { headerVersion: version, dataVersion: version };
  return { header, seenAt: 1, writtenIn: version, tie };
}

const [old, current] = [strongSecret(), strongSecret()];
const { codec, credentials } = server(old);
const mine = credentials.issue();
const stamped = headerFor(mine, codec.newWraps(mine));
const { header, tie } = stamped;
const sealedHeader = bytesOf(codec.sealHeader(mine.handle, mine.keyId, stamped));
const sealedBody = bytesOf(codec.sealBody(mine, header, tie, Snapshot.ofJson('{"diagnosis":"secret"}')));

function bytesOf(stored: unknown): Uint8Array {
  assert.ok(stored instanceof Uint8Array);
  return stored;
}

describe("a sealed record", () => {
  it("opens for the cookie it was sealed for", () => {
    assert.equal(codec.openHeader(mine.handle, sealedHeader)?.header.user, "anna");
    assert.equal(codec.openBody(mine, header, tie, sealedBody)?.json, '{"diagnosis":"secret"}');
  });

  it("shows neither user, nor client, nor data, nor secret in its bytes", () => {
    const bytes = Buffer.concat([sealedHeader, sealedBody]).toString("latin1");
    for (const text of ["anna", "Firefox", "diagnosis", "secret", mine.secret, mine.proof]) {
      assert.equal(bytes.includes(text), false, text);
    }
  });

  it("does not open its data without the cookie's secret, the server's keys notwithstanding", () => {
    // All that the server and its store have: every key, the opened header, the handle.
    const opened = codec.openHeader(mine.handle, sealedHeader);
    assert.ok(opened);
    for (let i = 0; i < 50; i++)
      assert.equal(
        codec.openBody(credentials.issue(mine.handle), opened.header, opened.tie, sealedBody),
        null,
      );
  });

  it("does not open at all without the server's key, the cookie's secret notwithstanding", () => {
    const thief = server(strongSecret());
    assert.equal(thief.codec.openHeader(mine.handle, sealedHeader), null);
    const named = Buffer.concat([Buffer.from(new KeyRing([current]).newest.id), sealedHeader.subarray(4)]);
    assert.equal(
      server(current).codec.openHeader(mine.handle, named),
      null,
      "naming the thief's own key does not help",
    );
    const impostor = new Credential(new Key(current), mine.value, mine.handle, mine.secret);
    Object.defineProperty(impostor, "keyId", { value: mine.keyId });
    assert.equal(codec.openBody(impostor, header, tie, sealedBody), null);
  });

  it("holds a pending step that opens for its own purpose, session and cookie alone, and does not show it", () => {
    const step = (purpose: string) => ({
      purpose,
      until: 1,
      value: codec.sealPending(mine, header, "otp", '"secret code"'),
    });
    assert.equal(codec.openPending(mine, header, step("otp")), '"secret code"');
    assert.equal(codec.openPending(mine, header, step("reset")), null);
    assert.equal(codec.openPending(credentials.issue(mine.handle), header, step("otp")), null);
    const another = credentials.issue();
    const theirs = headerFor(another, codec.newWraps(another)).header;
    assert.equal(codec.openPending(another, theirs, step("otp")), null);
    assert.equal(Buffer.from(step("otp").value, "base64url").includes("code"), false);
  });

  it("has a header that opens only under its own handle", () => {
    assert.equal(codec.openHeader(credentials.newHandle(), sealedHeader), null);
  });

  it("has a body that opens only with the header and the version it was written with", () => {
    for (const other of [
      { headerVersion: 1, dataVersion: 2 },
      { headerVersion: 2, dataVersion: 2 },
      { headerVersion: 2, dataVersion: 1 },
    ]) {
      assert.equal(codec.openBody(mine, header, other, sealedBody), null);
    }
    for (const wraps of [codec.newWraps(mine), []]) {
      assert.equal(codec.openBody(mine, headerFor(mine, wraps).header, tie, sealedBody), null);
    }
  });

  it("looks different each time, though nothing in it has changed", () => {
    assert.notDeepEqual(codec.sealHeader(mine.handle, mine.keyId, stamped), sealedHeader);
    assert.notDeepEqual(
      codec.sealBody(mine, header, tie, Snapshot.ofJson('{"diagnosis":"secret"}')),
      sealedBody,
    );
  });

  it("never takes arbitrary or damaged bytes for a record, and never throws", () => {
    const flipped = (bytes: Uint8Array) =>
      fc
        .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
        .map(([at, mask]) => bytes.with(at, (bytes[at] ?? 0) ^ mask));
    const cut = (bytes: Uint8Array) => fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length));
    const damaged = (bytes: Uint8Array) =>
      fc.oneof(fc.uint8Array({ maxLength: 400 }), flipped(bytes), cut(bytes));
    fc.assert(
      fc.property(damaged(sealedHeader), (bytes) => codec.openHeader(mine.handle, bytes) === null),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(damaged(sealedBody), (bytes) => codec.openBody(mine, header, tie, bytes) === null),
      { numRuns: 500 },
    );
  });
});

describe("a sealed record under a new key", () => {
  const both = server(current, old);
  const renewed = both.credentials.reissue(mine);
  const wraps = both.codec.rewrap(header, mine, renewed);

  it("opens for the old cookie and for the re-signed one", () => {
    const rewrapped = headerFor(mine, wraps).header;
    for (const credential of [mine, renewed])
      assert.equal(
        both.codec.openBody(credential, rewrapped, tie, sealedBody)?.json,
        '{"diagnosis":"secret"}',
      );
  });

  it("holds one wrap for each key in use, however often it is rewrapped", () => {
    let again = wraps;
    for (let i = 0; i < 5; i++)
      again = both.codec.rewrap(headerFor(mine, again).header, i % 2 === 0 ? mine : renewed, renewed);
    assert.deepEqual(again.map(({ keyId }) => keyId).sort(), [mine.keyId, renewed.keyId].sort());
  });

  it("drops the wraps of keys that are gone", () => {
    const alone = server(current, strongSecret());
    const next = alone.credentials.reissue(renewed);
    assert.deepEqual(
      alone.codec.rewrap(headerFor(mine, wraps).header, renewed, next).map(({ keyId }) => keyId),
      [renewed.keyId],
    );
  });
});

describe("a record in this process's own memory", () => {
  const plain = recordCodec("process", new KeyRing([old]), systemRandom);

  it("is kept as it is", () => {
    const opened = plain.openHeader(mine.handle, plain.sealHeader(mine.handle, mine.keyId, stamped));
    assert.deepEqual(opened, stamped);
    const data = Snapshot.ofJson('{"ü":"€"}');
    assert.equal(plain.openBody(mine, header, tie, plain.sealBody(mine, header, tie, data)), data);
    assert.deepEqual(plain.newWraps(mine), []);
    assert.deepEqual(plain.rewrap(header, mine, mine), []);
  });

  it("is null where there is no header", () => {
    assert.equal(plain.openHeader(mine.handle, randomBytes(60)), null);
  });
});
