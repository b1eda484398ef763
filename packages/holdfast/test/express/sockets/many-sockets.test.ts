import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { deploymentOf } from "../../../src/express/session.ts";
import { type Sessions, session } from "../../../src/index.ts";
import type { Live } from "../../../src/session/record/live.ts";
import { MOST_PER_TICK } from "../../../src/session/watching/session-watch.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { fakeClock } from "../../../src/testing/index.ts";
import { signInForTest } from "../../../src/testing/sign-in.ts";
import { strongSecret } from "../../support/session-app.ts";
import { WatchedStore } from "../../support/watched-store.ts";

/** As many watched sessions, without the connections. */
async function crowd(test: TestContext, count: number) {
  const clock = fakeClock();
  const warnings: string[] = [];
  let waiting = 0;
  let mostWaiting = 0;
  const pause = async (): Promise<void> => {
    mostWaiting = Math.max(mostWaiting, ++waiting);
    await new Promise(setImmediate);
    waiting -= 1;
  };
  const store = new WatchedStore({ inner: new MemoryStore({ maxSessions: count + 10 }), sync: false, pause });
  const sessions: Sessions = session({
    secret: strongSecret(),
    store,
    clock,
    onWarning: (message) => warnings.push(message),
  });
  test.after(() => sessions.close());
  const { socketWatch, core } = deploymentOf(sessions);
  let closed = 0;
  const lives: Live[] = [];
  for (let i = 0; i < count; i++) {
    const cookie = await signInForTest(sessions, `user${i}`);
    const credential = core.credentials.verify(cookie.slice(cookie.indexOf("=") + 1));
    const live =
      credential && (await core.records.find(credential, clock.now(), clock.now(), { report() {} }));
    if (live === null) throw new Error("not live");
    lives.push(live);
  }
  for (const live of lives) {
    socketWatch.add(live, socketWatch.listen(), { alive: () => undefined, over: () => closed++ });
  }
  store.calls.length = 0;
  mostWaiting = 0;
  return {
    clock,
    store,
    sessions,
    warnings,
    lives,
    closed: () => closed,
    mostWaiting: () => mostWaiting,
    /** One second, and the reads of it. */
    second: async (): Promise<number> => {
      store.calls.length = 0;
      clock.advance("1s");
      await socketWatch.run();
      return store.calls.filter((name) => name === "read").length;
    },
  };
}

describe("Thousands of sessions with sockets", () => {
  it("that came at one moment are looked at over time, each within the interval", async (test) => {
    const { second, mostWaiting } = await crowd(test, 2_000);
    const reads: number[] = [];
    for (let i = 0; i < 10; i++) reads.push(await second());
    assert.ok(reads.reduce((a, b) => a + b) >= 2_000, `each once in ten seconds: ${reads.join()}`);
    assert.ok(Math.max(...reads) <= MOST_PER_TICK, `never more than allowed: ${reads.join()}`);
    assert.ok(mostWaiting() <= 32, `a bounded number at once: ${mostWaiting()}`);
  });

  it("ended with one revoke by this process are closed without asking for all at once", async (test) => {
    const { sessions, closed, second, mostWaiting } = await crowd(test, 1_500);
    await sessions.revokeAll();
    await deploymentOf(sessions).socketWatch.run();
    assert.equal(closed(), MOST_PER_TICK);
    for (let i = 0; i < 3 && closed() < 1_500; i++) await second();
    assert.equal(closed(), 1_500);
    assert.ok(mostWaiting() <= 32, String(mostWaiting()));
  });

  it("make one read where they are many sockets of one session", async (test) => {
    const { lives, sessions, second } = await crowd(test, 1);
    const { socketWatch } = deploymentOf(sessions);
    const [live] = lives;
    for (let i = 0; i < 5_000 && live; i++) {
      socketWatch.add(live, socketWatch.listen(), { alive: () => undefined, over: () => undefined });
    }
    let reads = 0;
    for (let i = 0; i < 10; i++) reads += await second();
    assert.ok(reads >= 1 && reads <= 2, String(reads));
  });
});
