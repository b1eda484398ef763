import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { HoldfastError, type SessionEvent, type SessionOptions, session } from "../../../src/index.ts";
import { keysFrom } from "../../../src/keys/index.ts";
import { SqliteStore } from "../../../src/store/sqlite.ts";
import { fakeClock } from "../../../src/testing/index.ts";
import { escaped } from "../../support/escaped.ts";
import { codeOf, strongSecret } from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

/** A store that has to be opened, and says when somebody does. */
class OpenedStore extends WatchedStore {
  opened = 0;
  trouble: unknown;
  gate: Promise<void> | undefined;

  async open(): Promise<void> {
    this.opened++;
    await this.gate;
    if (this.trouble !== undefined) throw this.trouble;
  }
}

function deployment(test: TestContext, options: SessionOptions) {
  const clock = fakeClock();
  const warnings: string[] = [];
  const events: SessionEvent[] = [];
  const sessions = session({
    secret: strongSecret(),
    clock,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  sessions.on("*", (event) => events.push(event));
  test.after(() => sessions.close());
  return { sessions, clock, warnings, events };
}

describe("ready()", () => {
  it("resolves once the store is open, which begins at once, and has answered", async (test) => {
    const store = new OpenedStore();
    let release = (): void => {};
    store.gate = new Promise((resolve) => {
      release = resolve;
    });
    const { sessions, warnings } = deployment(test, { store });
    assert.equal(store.opened, 1);
    let ready = 0;
    const both = [sessions.ready(), sessions.ready()].map((one) => one.then(() => ready++));
    await new Promise(setImmediate);
    assert.deepEqual([ready, store.calls], [0, []]);
    release();
    await Promise.all(both);
    await sessions.ready();
    assert.deepEqual([store.opened, warnings], [1, []]);
    assert.deepEqual([...new Set(store.calls)], ["read"]);
  });

  for (const code of [
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "ERR_HOLDFAST_STORE_REFUSED",
    "ERR_HOLDFAST_STORE_CLIENT",
    "ERR_HOLDFAST_STORE_SCHEMA",
    "ERR_HOLDFAST_STORE_CORRUPT",
    "ERR_HOLDFAST_STORE_CLOSED",
  ] as const) {
    it(`rejects with the store's own ${code}, with an event and a warning, and nothing escapes`, async (test) => {
      const found = escaped(test);
      const store = new OpenedStore();
      store.trouble = new HoldfastError(code, "what to do about it");
      const { sessions, events, warnings } = deployment(test, { store });
      await new Promise(setImmediate);
      assert.deepEqual(
        events.map((event) => event.type === "store_error" && event.operation),
        ["open"],
      );
      assert.deepEqual(warnings, ["The session store could not be opened. what to do about it"]);
      await assert.rejects(sessions.ready(), { code, message: "what to do about it" });
      await new Promise(setImmediate);
      assert.deepEqual(found, []);
    });
  }

  it("tells no secret of what a client threw", async (test) => {
    const store = new OpenedStore();
    store.trouble = new Error("connect redis://:hunter2@db failed");
    const { sessions, warnings } = deployment(test, { store });
    const error = await sessions.ready().catch((thrown) => thrown);
    assert.deepEqual([error.code, error.cause], ["ERR_HOLDFAST_STORE_UNAVAILABLE", store.trouble]);
    assert.doesNotMatch(`${error.message} ${warnings}`, /hunter2/);
    assert.match(`${warnings}`, /could not be opened/);
  });

  it("may be asked again: one attempt at a time, each later than the last, until the store is there", async (test) => {
    const store = new OpenedStore();
    store.trouble = new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE");
    const { sessions, clock, warnings } = deployment(test, { store });
    const ask = async (): Promise<string> => {
      const codes = await Promise.all([codeOf(sessions.ready()), codeOf(sessions.ready())]);
      assert.equal(codes[0], codes[1]);
      return codes[0] ?? "";
    };
    assert.equal(await ask(), "ERR_HOLDFAST_STORE_UNAVAILABLE");
    assert.equal(await ask(), "ERR_HOLDFAST_STORE_UNAVAILABLE");
    assert.equal(store.opened, 1);
    clock.advance("1s");
    await ask();
    assert.equal(store.opened, 2);
    clock.advance("1s");
    await ask();
    assert.equal(store.opened, 2, "two seconds now");
    clock.advance("1s");
    store.trouble = undefined;
    assert.equal(await ask(), "no error");
    assert.equal(store.opened, 3);
    assert.equal(warnings.length, 1);
  });

  it("finds out about a store that has nothing to open, too", async (test) => {
    const store = new WatchedStore();
    store.fail("read", new HoldfastError("ERR_HOLDFAST_STORE_REFUSED"));
    assert.equal(await codeOf(deployment(test, { store }).sessions.ready()), "ERR_HOLDFAST_STORE_REFUSED");
    const closed = new SqliteStore(":memory:");
    closed.close();
    assert.equal(
      await codeOf(deployment(test, { store: closed }).sessions.ready()),
      "ERR_HOLDFAST_STORE_CLOSED",
    );
    await deployment(test, {}).sessions.ready();
    await deployment(test, { store: new SqliteStore(":memory:") }).sessions.ready();
  });

  it("waits for the keys, and rejects with what keeps them away", async (test) => {
    let give = (_: string): void => {};
    const secret = keysFrom(
      () =>
        new Promise<string>((resolve) => {
          give = resolve;
        }),
    );
    const { sessions } = deployment(test, { secret });
    let ready = false;
    const waiting = sessions.ready().then(() => {
      ready = true;
    });
    await new Promise(setImmediate);
    assert.equal(ready, false);
    give(strongSecret());
    await waiting;
    const none = keysFrom(() => Promise.reject(new Error("vault sealed")));
    assert.equal(
      await codeOf(deployment(test, { secret: none }).sessions.ready()),
      "ERR_HOLDFAST_KEYS_UNAVAILABLE",
    );
  });

  it("does not wait for ever for a store that does not open", async (test) => {
    const store = new OpenedStore();
    store.gate = new Promise(() => undefined);
    const { sessions } = deployment(test, { store, storeTimeout: 5 });
    await assert.rejects(sessions.ready(), { message: "The session store did not answer within 100 ms." });
  });
});
