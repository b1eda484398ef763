import assert from "node:assert/strict";
import { createHmac, createSecretKey } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CookieSigner } from "../../../src/compat/signature.ts";
import { HoldfastError } from "../../../src/errors.ts";

const secrets = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ minLength: 60, maxLength: 200, unit: "grapheme" }),
);
const ids = fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" });

function signature(id: string, secret: string): string {
  return createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
}

describe("A cookie's signature", () => {
  it("is HMAC-SHA-256 in base64 without padding, whatever the lengths of secret and id", () => {
    fc.assert(
      fc.property(secrets, ids, (secret, id) => {
        assert.equal(new CookieSigner([secret]).sign(id), `s:${id}.${signature(id, secret)}`);
      }),
    );
  });

  it("is genuine for its own id and secret, and after no change of a character", () => {
    fc.assert(
      fc.property(secrets, ids, fc.nat(), (secret, id, place) => {
        const signer = new CookieSigner([secret]);
        const value = signer.sign(id);
        assert.deepEqual(signer.verify(value), { id, outdated: false });
        const at = place % value.length;
        const other = value[at] === "A" ? "B" : "A";
        assert.equal(signer.verify(value.slice(0, at) + other + value.slice(at + 1)), undefined);
      }),
    );
  });

  it("is accepted from each secret of a list, and known to be an old one's", () => {
    const signer = new CookieSigner(["new", "old"]);
    assert.deepEqual(signer.verify(new CookieSigner(["old"]).sign("id")), { id: "id", outdated: true });
    assert.deepEqual(signer.verify(new CookieSigner(["new"]).sign("id")), { id: "id", outdated: false });
    assert.equal(signer.verify(new CookieSigner(["older"]).sign("id")), undefined);
  });

  it("is the same from a string, a Buffer and a key object", () => {
    const bytes = Buffer.from("keyboard cat");
    for (const secret of [bytes, new Uint8Array(bytes), createSecretKey(bytes)]) {
      assert.equal(new CookieSigner([secret]).sign("id"), `s:id.${signature("id", "keyboard cat")}`);
    }
  });

  it("never lets text pass that is no signed id", () => {
    const signer = new CookieSigner(["keyboard cat"]);
    for (const value of ["", "s:", "s:.", "id", "s:id", "s:id.", `id.${signature("id", "keyboard cat")}`]) {
      assert.equal(signer.verify(value), undefined, value);
    }
    assert.equal(signer.verify(`s:.${signature("", "keyboard cat")}`), undefined);
  });

  it("needs secrets that are some", () => {
    for (const secrets of [[], [undefined], ["good", null], [7], [{}]]) {
      assert.throws(
        () => new CookieSigner(secrets),
        (error) => error instanceof HoldfastError && error.code === "ERR_HOLDFAST_OPTION",
      );
    }
  });
});
