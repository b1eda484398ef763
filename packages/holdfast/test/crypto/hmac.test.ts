import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Hmac } from "../../src/crypto/hmac.ts";

describe("an HMAC of prepared blocks", () => {
  it("is the HMAC-SHA-256 of node:crypto, for every key and message", () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 64 });
    const message = fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.string({ maxLength: 90 }));
    fc.assert(
      fc.property(key, fc.array(message, { minLength: 1, maxLength: 4 }), (bytes, messages) => {
        const hmac = new Hmac(bytes);
        for (const text of messages) {
          const expected = createHmac("sha256", bytes).update(text, "utf8").digest();
          assert.deepEqual(Buffer.from(hmac.bytes(text)), expected);
          assert.equal(hmac.text(text), expected.toString("base64url"));
        }
      }),
    );
  });

  it("gives bytes that the next message does not change", () => {
    const hmac = new Hmac(Buffer.alloc(32, 1));
    const first = hmac.bytes("one");
    const copy = Buffer.from(first);
    hmac.bytes("two");
    assert.deepEqual(first, copy);
  });

  it("refuses a key that RFC 2104 would have hashed first", () => {
    assert.throws(() => new Hmac(Buffer.alloc(65)), RangeError);
  });
});
