import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ExpressSessionStore, type ForeignStore } from "../../../src/store/express-session.ts";
import { newHandle } from "../../../src/testing/conformance/trial.ts";
import { ScriptedStore } from "./scripted-store.ts";

const withoutAll = (): ForeignStore => {
  const store = new ScriptedStore();
  return { get: store.get.bind(store), set: store.set.bind(store), destroy: store.destroy.bind(store) };
};

const refused = (code: string, message: RegExp, make: () => unknown): void =>
  assert.throws(
    make,
    (error: Error & { code: string }) => error.code === code && message.test(error.message),
  );

describe("ExpressSessionStore", () => {
  it("says what it cannot do, the safest unless told more", () => {
    const lacksOf = (store: ForeignStore, options = {}): string[] =>
      [...new ExpressSessionStore(store, options).capabilities.lacks].sort();
    const always = ["limits", "values"];
    assert.deepEqual(lacksOf(new ScriptedStore()), ["atomic-writes", "limits", "listing", "values"]);
    assert.deepEqual(lacksOf(new ScriptedStore(), { listing: true }), ["atomic-writes", ...always]);
    assert.deepEqual(lacksOf(new ScriptedStore(), { exclusive: true }), always);
    assert.deepEqual(lacksOf(withoutAll(), { exclusive: true }), ["limits", "listing", "values"]);
    assert.deepEqual(lacksOf(new ScriptedStore(), { exclusive: true, listing: false }), [
      "limits",
      "listing",
      "values",
    ]);
  });

  it("takes it that the database may forget after anything, unless told", () => {
    const forgets = (options = {}): unknown =>
      new ExpressSessionStore(new ScriptedStore(), options).capabilities.forgetsAfter;
    assert.deepEqual(forgets(), ["exit", "crash", "power-cut", "failover"]);
    assert.deepEqual(forgets({ forgetsAfter: ["failover"] }), ["failover"]);
  });

  it("takes nothing but such a store, and no option that it does not have", () => {
    const make = (store: unknown, options?: object) => () =>
      Reflect.construct(ExpressSessionStore, [store, options]) as unknown;
    for (const store of [undefined, null, "store", {}, { get() {}, set() {} }])
      refused("ERR_HOLDFAST_STORE_CLIENT", /get, set and destroy/, make(store));
    const store = new ScriptedStore();
    refused("ERR_HOLDFAST_OPTION_UNKNOWN", /ttl/, make(store, { ttl: 5 }));
    refused("ERR_HOLDFAST_OPTION", /`exclusive`/, make(store, { exclusive: "yes" }));
    refused("ERR_HOLDFAST_OPTION", /`listing`/, make(store, { listing: 1 }));
    refused("ERR_HOLDFAST_OPTION", /all\(\)/, make(withoutAll(), { listing: true }));
    refused("ERR_HOLDFAST_OPTION", /`forgetsAfter`/, make(store, { forgetsAfter: ["rain"] }));
    refused("ERR_HOLDFAST_DURATION", /`timeout`.*24 days/, make(store, { timeout: "30d" }));
    refused("ERR_HOLDFAST_DURATION", /timeout/, make(store, { timeout: "soon" }));
  });

  it("leaves the store open when it is closed", async () => {
    const foreign = Object.assign(new ScriptedStore(), { close: () => assert.fail("closed") });
    const store = new ExpressSessionStore(foreign);
    store.close();
    await assert.rejects(async () => store.read(newHandle(), 0), { code: "ERR_HOLDFAST_STORE_CLOSED" });
    await assert.rejects(async () => store.deleteAll(0), { code: "ERR_HOLDFAST_STORE_CLOSED" });
    assert.deepEqual(foreign.calls, []);
  });
});
