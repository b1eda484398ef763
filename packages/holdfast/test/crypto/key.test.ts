import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError } from "../../src/index.ts";
import { Key } from "../../src/keys/key.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { strongSecret } from "../support/session-app.ts";

const handle = "hhhhhhhhhhhhhhhhhhhhhh";
const secret = "s".repeat(43);

/** Every value a key can be made to give for one and the same input, as hex. */
function everything(key: Key): string[] {
  const text = (value: string) => Buffer.from(value, "base64url").toString("hex");
  const input = `${handle}.${secret}`;
  return [
    text(key.macOf(handle, secret)),
    key.wrappingKey(handle, secret).toString("hex"),
    text(key.nextSecret(handle, secret)),
    key.headerKey(input).toString("hex"),
    text(key.userHash(input)),
    text(key.correlate(input)),
  ];
}

describe("a server key", () => {
  it("gives each purpose a value of its own: none is another's, or the beginning of it", () => {
    const values = everything(new Key(strongSecret()));
    for (const one of values) {
      for (const other of values) assert.ok(one === other || !other.startsWith(one.slice(0, 16)));
    }
    assert.equal(new Set(values).size, values.length);
  });

  it("gives the same values in every process, and others for another secret", () => {
    const text = strongSecret();
    assert.deepEqual(everything(new Key(text)), everything(new Key(text)));
    const others = everything(new Key(strongSecret()));
    for (const value of everything(new Key(text))) assert.ok(!others.includes(value));
  });

  it("tells handle and secret apart wherever the border between them is drawn", () => {
    const key = new Key(strongSecret());
    assert.notEqual(key.macOf("ab", "c"), key.macOf("a", "bc"));
    assert.notDeepEqual(key.wrappingKey("ab", "c"), key.wrappingKey("a", "bc"));
  });

  it("has a public name that says nothing of the secret", () => {
    const text = strongSecret();
    const { id } = new Key(text);
    assert.match(id, /^[\w-]{4}$/);
    assert.equal(text.includes(id), false);
    assert.equal(JSON.stringify(new Key(text)).includes(text.slice(0, 8)), false);
  });

  it("wraps with bytes that are in no part of the cookie", () => {
    const key = new Key(strongSecret());
    const wrappingKey = key.wrappingKey(handle, secret);
    const mac = key.macOf(handle, secret);
    assert.equal(wrappingKey.length, 32);
    assert.notDeepEqual(Buffer.from(mac, "base64url"), wrappingKey);
  });
});

describe("a ring of keys", () => {
  it("signs with the first and knows them all by name", () => {
    const secrets = [strongSecret(), strongSecret(), strongSecret()];
    const ring = new KeyRing(secrets);
    assert.equal(ring.newest, ring.keys[0]);
    for (const key of ring.keys) assert.equal(ring.get(key.id), key);
    assert.equal(ring.get("????"), undefined);
    assert.equal(ring.get("__proto__"), undefined);
  });

  it("knows a user by one name for each key, newest first", () => {
    const [one, two] = [strongSecret(), strongSecret()];
    const names = new KeyRing([one, two]).userHashes("anna");
    assert.deepEqual(names, [new Key(one).userHash("anna"), new Key(two).userHash("anna")]);
    assert.notEqual(names[0], new Key(one).userHash("Anna"));
  });

  it("cannot be empty", () => {
    assert.throws(
      () => new KeyRing([]),
      (error) => error instanceof HoldfastError && error.code === "ERR_HOLDFAST_SECRET_MISSING",
    );
  });
});
