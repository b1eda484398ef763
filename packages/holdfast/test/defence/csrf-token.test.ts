import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isCsrfToken, makeCsrfToken } from "../../src/defence/csrf-token.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const keys = new KeyRing([NEW, OLD]);
const make = (binding: string, ring = keys): string => makeCsrfToken(ring, randomBytes, binding);

describe("a CSRF token", () => {
  it("is another one each time, and each is good for whom it was made", () => {
    const tokens = new Set(Array.from({ length: 100 }, () => make("session.a")));
    assert.equal(tokens.size, 100);
    for (const token of tokens) {
      assert.match(token, /^[\w-]{4}\.[\w-]{22}\.[\w-]{43}$/);
      assert.ok(isCsrfToken(keys, "session.a", token));
    }
  });

  it("has nothing in common with the next but the key's public id", () => {
    const [, nonce, mac] = make("session.a").split(".");
    const [, otherNonce, otherMac] = make("session.a").split(".");
    assert.notEqual(nonce, otherNonce);
    assert.notEqual(mac, otherMac);
  });

  it("is good for nobody else", () => {
    for (const binding of ["session.b", "visitor.a", "session.A", "session.", ""])
      assert.equal(isCsrfToken(keys, binding, make("session.a")), false, binding);
  });

  it("outlives the rotation of keys, and ends with its key", () => {
    const before = make("session.a", new KeyRing([OLD]));
    assert.ok(isCsrfToken(keys, "session.a", before));
    assert.equal(isCsrfToken(new KeyRing([NEW]), "session.a", before), false);
    assert.ok(make("session.a").startsWith(new KeyRing([NEW]).newest.id));
  });

  it("is none after any character was changed, cut off or added", () => {
    const token = make("session.a");
    for (let at = 0; at < token.length; at++) {
      for (const other of ["A", "B", "_", "."]) {
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        if (changed !== token) assert.equal(isCsrfToken(keys, "session.a", changed), false, changed);
      }
      assert.equal(isCsrfToken(keys, "session.a", token.slice(0, at)), false);
    }
    for (const wrong of [`${token}A`, ` ${token}`, `${token}\n`, token.toLowerCase(), `${token},${token}`])
      assert.equal(isCsrfToken(keys, "session.a", wrong), false, wrong);
  });

  it("is told from any text, of any length, without an error", () => {
    fc.assert(fc.property(fc.string(), (text) => assert.equal(isCsrfToken(keys, "session.a", text), false)));
    const [id] = make("session.a").split(".");
    assert.equal(isCsrfToken(keys, "session.a", `${id}.${"A".repeat(1_000_000)}`), false);
  });
});
