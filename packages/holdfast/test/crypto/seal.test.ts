import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { pooledRandom, RandomPool, systemRandom } from "../../src/crypto/random.ts";
import { open, seal } from "../../src/crypto/seal.ts";

const random = pooledRandom(systemRandom);
const key = randomBytes(32);
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

describe("sealed bytes", () => {
  it("open to what was sealed, under the same key and context", () => {
    fc.assert(
      fc.property(bytes(300), fc.string(), (plain, context) => {
        assert.deepEqual(open(key, seal(key, plain, context, random), context), Buffer.from(plain));
      }),
    );
  });

  it("do not show what is in them", () => {
    const plain = Buffer.from("the quick brown fox");
    assert.equal(seal(key, plain, "context", random).includes("quick"), false);
  });

  it("do not open if a single bit has changed", () => {
    const sealed = seal(key, Buffer.from("twelve bytes"), "context", random);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(open(key, changed, "context"), null, `bit ${bit}`);
    }
  });

  it("do not open under another key or in another context", () => {
    const sealed = seal(key, Buffer.from("text"), "body.a.1", random);
    assert.equal(open(randomBytes(32), sealed, "body.a.1"), null);
    for (const context of ["body.a.2", "body.b.1", "header.a.1", "", "body.a.1 "])
      assert.equal(open(key, sealed, context), null);
  });

  it("answer null to anything else, however short or long", () => {
    fc.assert(
      fc.property(bytes(120), (garbage) => open(key, garbage, "context") === null),
      { numRuns: 1000 },
    );
    const sealed = seal(key, Buffer.from("text"), "context", random);
    for (let length = 0; length < sealed.length; length++)
      assert.equal(open(key, sealed.subarray(0, length), "context"), null);
  });

  it("never use a nonce twice", () => {
    const nonces = new Set<string>();
    const count = 1_000_000;
    for (let i = 0; i < count; i++) nonces.add(random(12).toString("latin1"));
    assert.equal(nonces.size, count);
    const sealed = Array.from({ length: 2000 }, () => seal(key, Buffer.from("same"), "context", random));
    assert.equal(new Set(sealed.map((one) => one.toString("latin1", 0, 12))).size, 2000);
    assert.equal(
      new Set(sealed.map((one) => one.toString("latin1", 12))).size,
      2000,
      "the same text never looks the same",
    );
  });
});

describe("random bytes from the pool", () => {
  it("are the source's bytes, each handed out once and in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 60 }), (sizes) => {
        let next = 0;
        const source = (size: number) => {
          const given = Buffer.alloc(size);
          for (let i = 0; i + 4 <= size; i += 4) given.writeUInt32BE(next++, i);
          return given;
        };
        const take = pooledRandom(source);
        const seen = new Set<string>();
        for (const size of sizes) {
          const got = take(size - (size % 4));
          assert.equal(got.length, size - (size % 4));
          for (let i = 0; i < got.length; i += 4) {
            const word = got.toString("hex", i, i + 4);
            assert.ok(!seen.has(word), "handed out twice");
            seen.add(word);
          }
        }
      }),
    );
  });

  it("come as text as they come as bytes, and no byte comes twice", () => {
    const counting = (): ((size: number) => Buffer) => {
      let next = 0;
      return (size) => Buffer.from(Array.from({ length: size }, () => next++ % 251));
    };
    const sizes = fc.array(fc.record({ size: fc.integer({ min: 0, max: 1024 }), asText: fc.boolean() }));
    fc.assert(
      fc.property(sizes, (draws) => {
        const [pool, oracle] = [new RandomPool(counting()), pooledRandom(counting())];
        for (const { size, asText } of draws) {
          const got = asText ? Buffer.from(pool.text(size), "base64url") : pool.bytes(size);
          assert.deepEqual(got, oracle(size));
        }
      }),
    );
  });

  it("belong to whoever got them: wiping one does not touch the next", () => {
    const take = pooledRandom((size) => Buffer.alloc(size, 7));
    const first = take(16);
    const second = take(16);
    first.fill(0);
    assert.deepEqual(second, Buffer.alloc(16, 7));
  });
});
