import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { Callback } from "../../../src/compat/callback.ts";
import { createSession } from "../../../src/compat/session-object.ts";
import type { CompatStore, StoredSession } from "../../../src/compat/types.ts";
import { SessionWriter } from "../../../src/compat/writer.ts";

/** A store that answers when it is told to. */
class SlowStore extends EventEmitter implements CompatStore {
  readonly rows = new Map<string, string>();
  readonly calls: string[] = [];
  readonly #waiting: (() => void)[] = [];

  get(sid: string, callback: (error?: unknown, session?: StoredSession | null) => void): void {
    this.#later("get", () => callback(null, JSON.parse(this.rows.get(sid) ?? "null")));
  }

  set(sid: string, session: StoredSession, callback?: Callback): void {
    this.#later("set", () => {
      this.rows.set(sid, JSON.stringify(session));
      callback?.();
    });
  }

  destroy(sid: string, callback?: Callback): void {
    this.#later("destroy", () => {
      this.rows.delete(sid);
      callback?.();
    });
  }

  async answerAll(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      const answer = this.#waiting.shift();
      if (answer === undefined) return;
      answer();
    }
  }

  #later(name: string, answer: () => void): void {
    this.calls.push(name);
    this.#waiting.push(answer);
  }
}

const ROW = '{"cookie":{"path":"/"},"n":1}';

function loaded(data: object = {}): ReturnType<typeof createSession> {
  return Object.assign(createSession({ sessionID: "id" }, JSON.parse(ROW)), data);
}

describe("A write of a session", () => {
  it("has its turn, so that each sees what the one before it wrote", async () => {
    const store = new SlowStore();
    store.rows.set("id", ROW);
    const writer = new SessionWriter(store, 1_000);
    const saves = ["a", "b", "c"].map((name) => writer.save(loaded({ [name]: true })));
    await store.answerAll();
    assert.deepEqual(await Promise.all(saves), [true, true, true]);
    assert.deepEqual(store.calls, ["get", "set", "get", "set", "get", "set"]);
    const { cookie: _, ...data } = JSON.parse(store.rows.get("id") ?? "");
    assert.deepEqual(data, { n: 1, a: true, b: true, c: true });
  });

  it("takes turns with those of another middleware on the same store", async () => {
    const store = new SlowStore();
    store.rows.set("id", ROW);
    const ended = new SessionWriter(store, 1_000).destroy("id");
    const saved = new SessionWriter(store, 1_000).save(loaded({ n: 2 }));
    await store.answerAll();
    await ended;
    assert.equal(await saved, false);
    assert.equal(store.rows.size, 0);
  });

  it("waits for its turn no longer than the bound, and is not done after that", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const store = new SlowStore();
    store.rows.set("id", ROW);
    const writer = new SessionWriter(store, 1_000);
    const saves = [writer.save(loaded({ a: 1 })), writer.save(loaded({ b: 1 }))];
    test.mock.timers.tick(1_000);
    const outcomes = await Promise.allSettled(saves);
    for (const outcome of outcomes) {
      assert.equal(outcome.status, "rejected");
      assert.equal(outcome.reason.code, "ERR_HOLDFAST_STORE_UNAVAILABLE");
    }
    await store.answerAll();
    assert.deepEqual(store.calls, ["get"]);
    assert.equal(store.rows.get("id"), ROW);
  });

  it("is of no consequence to a store's second answer, or to one after the bound", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const store = new SlowStore();
    const answers: Callback[] = [];
    store.destroy = (_sid, callback) => void answers.push(callback ?? (() => undefined));
    const writer = new SessionWriter(store, 1_000);
    const late = assert.rejects(async () => writer.destroy("id"), { code: "ERR_HOLDFAST_STORE_UNAVAILABLE" });
    test.mock.timers.tick(1_000);
    await late;
    answers[0]?.(new Error("too late"));
    const twice = writer.destroy("id");
    answers[1]?.();
    answers[1]?.(new Error("again"));
    await twice;
  });

  it("fails when the store's own promise fails, and the callback never comes", async () => {
    const store = new SlowStore();
    store.destroy = () => Promise.reject(new Error("no connection"));
    await assert.rejects(async () => new SessionWriter(store, 1_000).destroy("id"), /no connection/);
  });

  it("ends at once where the store answers at once", () => {
    const store = new SlowStore();
    store.destroy = (_sid, callback) => callback?.();
    assert.equal(new SessionWriter(store, 1_000).destroy("id"), undefined);
  });
});
