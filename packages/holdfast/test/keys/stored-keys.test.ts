import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { session } from "../../src/index.ts";
import { storedKeys } from "../../src/keys/index.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { strongSecret } from "../support/session-app.ts";

type Options = Parameters<typeof storedKeys>[0];

const start = (store: MemoryStore<unknown>, secret: Options["secret"], options: Partial<Options> = {}) =>
  session({ secret: storedKeys({ secret, ...options }), store, onWarning: () => {} });

const codeOf = (action: () => unknown): string => {
  try {
    action();
    return "no error";
  } catch (error) {
    return Reflect.get(error as object, "code");
  }
};

describe("keys in the session store", () => {
  it("are wrapped: neither a key nor its length shows, and no two are wrapped alike", async () => {
    const secret = strongSecret();
    const values = [];
    for (let i = 0; i < 2; i++) {
      const store = new MemoryStore<unknown>();
      const sessions = start(store, secret);
      const { value } = store.readValue("keys", Date.now()) ?? assert.fail("nothing is stored");
      values.push(Buffer.from(value).toString("latin1"));
      await sessions.close();
    }
    for (const value of values) {
      assert.match(value, /^[\w-]{4}/);
      assert.equal(value.includes("secret"), false);
      assert.equal(value.includes("format"), false);
    }
    assert.notEqual(values[0]?.slice(4, 16), values[1]?.slice(4, 16));
  });

  it("are not kept without a secret, nor under a weak one", () => {
    for (const [secret, code] of [
      [undefined, "ERR_HOLDFAST_SECRET_MISSING"],
      ["", "ERR_HOLDFAST_SECRET_MISSING"],
      [[], "ERR_HOLDFAST_SECRET_MISSING"],
      ["keyboard cat", "ERR_HOLDFAST_SECRET_WEAK"],
      ["change_me_in_production_min_32_characters", "ERR_HOLDFAST_SECRET_WEAK"],
      [7, "ERR_HOLDFAST_OPTION"],
    ] as const) {
      assert.equal(
        codeOf(() => storedKeys({ secret } as Options)),
        code,
        String(secret),
      );
    }
    assert.equal(
      codeOf(() => storedKeys(undefined as never)),
      "ERR_HOLDFAST_OPTION",
    );
    assert.equal(
      codeOf(() => storedKeys({ secret: strongSecret(), file: "x" } as Options)),
      "ERR_HOLDFAST_OPTION_UNKNOWN",
    );
  });

  it("are refused under another secret, and left as they are", () => {
    const store = new MemoryStore<unknown>();
    void start(store, strongSecret());
    const before = store.readValue("keys", Date.now());
    assert.equal(
      codeOf(() => start(store, strongSecret())),
      "ERR_HOLDFAST_KEYS_SECRET",
    );
    assert.deepEqual(store.readValue("keys", Date.now()), before);
  });

  it("that are damaged are refused, and left as they are", () => {
    const secret = strongSecret();
    const original = new MemoryStore<unknown>();
    void start(original, secret);
    const { value } = original.readValue("keys", Date.now()) ?? assert.fail("nothing is stored");
    const flipped = Uint8Array.from(value, (byte, i) => (i === 40 ? byte ^ 1 : byte));
    for (const damaged of [
      flipped,
      value.slice(0, -1),
      value.slice(0, 10),
      value.slice(0, 4),
      new Uint8Array(),
    ]) {
      const store = new MemoryStore<unknown>();
      store.writeValue("keys", 0, damaged, Date.now());
      assert.equal(
        codeOf(() => start(store, secret)),
        "ERR_HOLDFAST_KEYS_CORRUPT",
      );
      assert.equal(store.readValue("keys", Date.now())?.version, 1);
    }
  });

  it("are wrapped anew under a new secret, after which the old one may go", async () => {
    const store = new MemoryStore<unknown>();
    const [old, newer] = [strongSecret(), strongSecret()];
    const ids = async (secret: Options["secret"]): Promise<string[]> =>
      (await start(store, secret).keys.list()).map(({ id }) => id);
    const before = await ids(old);
    assert.deepEqual(await ids([newer, old]), before);
    assert.deepEqual(await ids(newer), before);
    assert.equal(
      codeOf(() => start(store, old)),
      "ERR_HOLDFAST_KEYS_SECRET",
    );
  });
});
