import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { pooledRandom, systemRandom } from "../../src/crypto/random.ts";
import { handleOf, looksLikeHandle, looksLikeSessionId, secretOf } from "../../src/crypto/session-id.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { Credentials } from "../../src/session/record/credentials.ts";
import { strongSecret } from "../support/session-app.ts";

const newCredentials = (secret = strongSecret()) =>
  new Credentials(new KeyRing([secret]), pooledRandom(systemRandom));

/** How often each bit is set, over all values. */
function bitCounts(values: readonly Buffer[], bytes: number): number[] {
  const counts = new Array<number>(bytes * 8).fill(0);
  for (const value of values) {
    for (let bit = 0; bit < bytes * 8; bit++) {
      counts[bit] = (counts[bit] ?? 0) + (((value[bit >> 3] ?? 0) >> (bit & 7)) & 1);
    }
  }
  return counts;
}

describe("session ids", () => {
  const credentials = newCredentials();
  const ids = Array.from({ length: 20_000 }, () => credentials.issue().value);

  it("carry a handle of 128 bits and a secret of 256, in characters that need no quoting", () => {
    for (const id of ids) {
      assert.ok(looksLikeSessionId(id));
      assert.equal(Buffer.from(handleOf(id), "base64url").length, 16);
      assert.equal(Buffer.from(secretOf(id), "base64url").length, 32);
    }
  });

  it("repeat neither handle nor secret in 20,000", () => {
    assert.equal(new Set(ids.map(handleOf)).size, ids.length);
    assert.equal(new Set(ids.map(secretOf)).size, ids.length);
  });

  it("have no bit that is fixed or leans to one side", () => {
    // Six standard deviations around the half: chance alone goes beyond once in a million runs.
    const slack = 6 * Math.sqrt(ids.length / 4);
    for (const [part, bytes] of [
      [handleOf, 16],
      [secretOf, 32],
    ] as const) {
      const counts = bitCounts(
        ids.map((id) => Buffer.from(part(id), "base64url")),
        bytes,
      );
      for (const [bit, count] of counts.entries()) {
        assert.ok(Math.abs(count - ids.length / 2) < slack, `${part.name}: bit ${bit} is set ${count} times`);
      }
    }
  });

  it("come from the random source that was given, byte for byte", () => {
    let next = 0;
    const counting = (size: number) => Buffer.from(Array.from({ length: size }, () => next++ % 256));
    const { handle, secret } = new Credentials(new KeyRing([strongSecret()]), counting).issue();
    assert.deepEqual(
      [...Buffer.from(handle, "base64url")],
      Array.from({ length: 16 }, (_, i) => i),
    );
    assert.deepEqual(
      [...Buffer.from(secret, "base64url")],
      Array.from({ length: 32 }, (_, i) => i + 16),
    );
  });

  it("do not depend on the handle: the same handle gets another secret each time", () => {
    const handle = credentials.newHandle();
    assert.notEqual(credentials.issue(handle).secret, credentials.issue(handle).secret);
  });
});

describe("verifying a session id", () => {
  const secret = strongSecret();
  const genuine = newCredentials(secret).issue().value;
  // A verifier that has not seen the id before, so that nothing is answered from memory.
  const verify = (value: string) => newCredentials(secret).verify(value);

  it("accepts what this deployment issued, in another process too", () => {
    assert.equal(verify(genuine)?.value, genuine);
  });

  it("refuses every change of a single character", () => {
    for (let at = 0; at < genuine.length; at++) {
      for (const character of ["A", "B", "-", "_", "w", "."]) {
        if (genuine[at] === character) continue;
        const changed = genuine.slice(0, at) + character + genuine.slice(at + 1);
        assert.equal(verify(changed), null, `position ${at}, ${character}`);
      }
    }
  });

  it("refuses other base64url spellings of the same bytes", () => {
    // The last of 43 characters holds four bits: four characters decode alike.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const at = alphabet.indexOf(genuine.at(-1) ?? "");
    for (const twist of [1, 2, 3]) {
      const spelled = genuine.slice(0, -1) + alphabet[at ^ twist];
      assert.deepEqual(
        Buffer.from(spelled.slice(-43), "base64url"),
        Buffer.from(genuine.slice(-43), "base64url"),
      );
      assert.equal(verify(spelled), null);
    }
  });

  it("refuses parts of different ids put together", () => {
    const other = newCredentials(secret).issue().value.split(".");
    const parts = genuine.split(".");
    for (const index of [1, 2, 3])
      assert.equal(verify(parts.with(index, other[index] ?? "").join(".")), null);
    assert.equal(verify([parts[0], parts[1], other[2], other[3]].join(".")), null);
  });

  it("refuses an id of another deployment, and one that names its key after ours", () => {
    const foreign = newCredentials().issue().value;
    assert.equal(verify(foreign), null);
    assert.equal(verify(genuine.slice(0, 4) + foreign.slice(4)), null);
  });

  it("never throws and never accepts anything else", () => {
    const character = fc.constantFrom(
      "A",
      "z",
      "0",
      "-",
      "_",
      ".",
      "=",
      "%",
      "\0",
      "\r",
      "\n",
      '"',
      "é",
      " ",
    );
    const anything = fc.oneof(
      fc.string(),
      fc.string({ unit: character, minLength: 100, maxLength: 130 }),
      fc.tuple(fc.nat(genuine.length), fc.string()).map(([at, text]) => genuine.slice(0, at) + text),
      fc.constantFrom(
        "__proto__",
        "constructor",
        "a".repeat(65_536),
        `"${genuine}"`,
        `${genuine} `,
        encodeURIComponent(`s:${genuine}`),
      ),
    );
    const check = newCredentials(secret);
    fc.assert(
      fc.property(anything, (value) => value === genuine || check.verify(value) === null),
      { numRuns: 2000 },
    );
  });

  it("holds no more than two generations of proven ids, and keeps those in use", () => {
    const credentials = newCredentials(secret);
    const used = credentials.verify(genuine);
    const idle = credentials.issue();
    for (let i = 0; i < 25_000; i++) {
      credentials.issue();
      if (i % 5_000 === 0) assert.equal(credentials.verify(genuine), used);
    }
    assert.notEqual(credentials.verify(idle.value), idle, "an id nobody uses is not held for ever");
  });
});

describe("the shape of a handle", () => {
  it("is 22 characters of base64url and nothing else", () => {
    assert.ok(looksLikeHandle(newCredentials().newHandle()));
    for (const value of [
      "",
      "a".repeat(21),
      "a".repeat(23),
      `${"a".repeat(21)}=`,
      `${"a".repeat(22)}\n`,
      "__proto__",
      ["a".repeat(22)],
      null,
      7,
    ]) {
      assert.equal(looksLikeHandle(value), false, JSON.stringify(value));
    }
  });
});
