import assert from "node:assert/strict";
import { describe, it, mock, type TestContext } from "node:test";
import { type SessionEvent, session } from "../../src/index.ts";
import { type KeyProvider, keysFrom, storedKeys } from "../../src/keys/index.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { signInForTest } from "../../src/testing/index.ts";
import { strongSecret } from "../support/session-app.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A deployment whose timers are moved by the test, together with its clock. */
function deployment(test: TestContext, secret: KeyProvider) {
  mock.timers.enable({ apis: ["setInterval"] });
  test.after(() => mock.timers.reset());
  let now = Date.UTC(2026, 0, 1);
  const sessions = session({ secret, clock: { now: () => now }, store: new MemoryStore() });
  test.after(() => sessions.close());
  const events: SessionEvent[] = [];
  sessions.on("*", (event) => events.push(event));
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    mock.timers.tick(MINUTE);
    await new Promise(setImmediate);
  };
  const keyOfNew = async (): Promise<string> => (await signInForTest(sessions, "anna")).slice(15, 19);
  return { sessions, events, pass, keyOfNew };
}

describe("the upkeep of keys", () => {
  it("makes, uses and retires keys without any request, and tells of it", async (test) => {
    const secret = storedKeys({ secret: strongSecret(), rotate: "30d", propagation: "1h" });
    const { events, pass, keyOfNew } = deployment(test, secret);
    const first = await keyOfNew();
    await pass(30 * DAY - HOUR);
    assert.equal(await keyOfNew(), first);
    await pass(HOUR);
    const second = await keyOfNew();
    assert.notEqual(second, first);
    await pass(13 * HOUR);
    const told = events.filter(({ type }) => type.startsWith("key_"));
    assert.deepEqual(
      told.map(({ at: _at, ...event }) => event),
      [
        { type: "key_rotated", key: second, previous: first },
        { type: "key_retired", key: first },
      ],
    );
  });

  it("settles by the clock what the provider has told, without asking it each time", async (test) => {
    let asked = 0;
    const start = Date.UTC(2026, 0, 1);
    const fetch = () => {
      asked += 1;
      return [
        { secret: one, activeFrom: start },
        { secret: two, activeFrom: start + 2 * MINUTE },
      ];
    };
    const [one, two] = [strongSecret(), strongSecret()];
    const { pass, keyOfNew } = deployment(test, keysFrom(fetch, { refresh: "5m" }));
    const first = await keyOfNew();
    await pass(MINUTE);
    assert.equal(await keyOfNew(), first);
    await pass(MINUTE);
    assert.notEqual(await keyOfNew(), first);
    assert.equal(asked, 1);
    await pass(3 * MINUTE);
    assert.equal(asked, 2);
  });

  it("ends with close()", async (test) => {
    let asked = 0;
    const fetch = () => {
      asked += 1;
      return secret;
    };
    const secret = strongSecret();
    const { sessions, pass } = deployment(test, keysFrom(fetch));
    await sessions.keys.list();
    const before = asked;
    await sessions.close();
    await pass(HOUR);
    assert.equal(asked, before);
  });
});
