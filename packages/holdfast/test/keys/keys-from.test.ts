import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { keysFrom } from "../../src/keys/index.ts";
import type { FetchedSecrets } from "../../src/keys/keys-from.ts";
import { keyOf, states } from "../support/rotating-apps.ts";
import {
  type AppOptions,
  browserWith,
  codeOf,
  cookieOf,
  type SessionApp,
  sessionApp,
  strongSecret,
} from "../support/session-app.ts";

/** A vault whose answer a test changes, and an app with its keys. */
async function withVault(
  test: TestContext,
  answer: unknown,
  options: AppOptions = {},
): Promise<{ app: SessionApp; vault: { answer: unknown; asked: number } }> {
  const vault = { answer, asked: 0 };
  const fetch = async (): Promise<FetchedSecrets> => {
    vault.asked += 1;
    if (vault.answer instanceof Error) throw vault.answer;
    return vault.answer as FetchedSecrets;
  };
  const app = await sessionApp(test, { secret: keysFrom(fetch), ...options });
  return { app, vault };
}

const [ONE, TWO] = [strongSecret(), strongSecret()];

describe("keys from a vault", () => {
  it("are there for the first request, which waits for them", async (test) => {
    const { app, vault } = await withVault(test, ONE);
    const replies = await Promise.all(
      Array.from({ length: 5 }, () =>
        app.act((session) => void Object.assign(session, { a: 1 }), { by: app.agent.newBrowser() }),
      ),
    );
    assert.deepEqual(
      replies.map(({ status, setCookie }) => [status, setCookie.length]),
      replies.map(() => [200, 1]),
    );
    assert.equal(vault.asked, 1);
  });

  it("are accepted as soon as they are seen, and sign when other processes have seen them too", async (test) => {
    const { app, vault } = await withVault(test, ONE);
    await app.agent.signIn("anna");
    const old = cookieOf(app.agent);
    vault.answer = [TWO, ONE];
    assert.deepEqual(await states(app), ["pending", "active"]);
    app.clock.advance("10m");
    assert.deepEqual(await states(app), ["active", "verifying"]);
    assert.deepEqual(await app.data(), { userId: "anna" });
    assert.notEqual(keyOf(cookieOf(app.agent)), keyOf(old));
    vault.answer = [TWO];
    assert.deepEqual(await states(app), ["active"]);
    assert.deepEqual(await app.data(browserWith(app, old)), {});
    assert.deepEqual(await app.data(), { userId: "anna" });
    assert.deepEqual(
      app.takeEvents().filter((type) => type.startsWith("key_")),
      ["key_rotated", "key_retired"],
    );
  });

  it("may bring their times", async (test) => {
    const start = Date.UTC(2026, 0, 1);
    const answer = [
      { secret: ONE, activeFrom: new Date(start - 1000), retireAt: start + 7_200_000 },
      { secret: TWO, activeFrom: start + 3_600_000 },
    ];
    const { app } = await withVault(test, answer);
    assert.deepEqual(await states(app), ["pending", "active"]);
    app.clock.advance("1h");
    assert.deepEqual(await states(app), ["active", "verifying"]);
    app.clock.advance("1h");
    assert.deepEqual(await states(app), ["active", "retired"]);
    const [newer] = await app.sessions.keys.list();
    assert.deepEqual(newer?.activeFrom, new Date(start + 3_600_000));
    assert.equal(newer?.createdAt, undefined);
  });

  it("are rotated and revoked in the vault, not here", async (test) => {
    const { app } = await withVault(test, ONE);
    const [key] = await app.sessions.keys.list();
    assert.equal(await codeOf(app.sessions.keys.rotate()), "ERR_HOLDFAST_KEYS_ELSEWHERE");
    assert.equal(await codeOf(app.sessions.keys.revoke(key?.id ?? "")), "ERR_HOLDFAST_KEYS_ELSEWHERE");
    assert.deepEqual(await states(app), ["active"]);
  });

  it("that are weak or none are an error for each request, and nothing of them is told", async (test) => {
    for (const [answer, code] of [
      ["short but secret", "ERR_HOLDFAST_SECRET_WEAK"],
      [[ONE, "short but secret"], "ERR_HOLDFAST_SECRET_WEAK"],
      [[ONE, ONE], "ERR_HOLDFAST_SECRET_WEAK"],
      [[], "ERR_HOLDFAST_SECRET_MISSING"],
      [undefined, "ERR_HOLDFAST_SECRET_MISSING"],
      [{ secret: ONE }, "ERR_HOLDFAST_OPTION"],
      [[{ secret: ONE }], "ERR_HOLDFAST_OPTION"],
      [[{ secret: ONE, activeFrom: "soon" }], "ERR_HOLDFAST_OPTION"],
      [[{ secret: "short but secret", activeFrom: 0 }], "ERR_HOLDFAST_SECRET_WEAK"],
      [[{ secret: ONE, activeFrom: 0, retireAt: 1 }], "ERR_HOLDFAST_KEYS_UNAVAILABLE"],
    ] as const) {
      const { app } = await withVault(test, answer);
      const reply = await app.act((session) => session);
      assert.equal(Reflect.get(reply.json() as object, "code"), code, JSON.stringify(answer));
      for (const text of [reply.text, app.warnings.join()]) {
        assert.ok(!text.includes(ONE) && !text.includes("short but secret"));
      }
    }
  });

  it("are fetched by a function, and by no option that does not exist", () => {
    assert.throws(() => keysFrom("https://vault.example" as never), { code: "ERR_HOLDFAST_OPTION" });
    assert.throws(() => keysFrom(() => ONE, { rotate: "30d" } as never), {
      code: "ERR_HOLDFAST_OPTION_UNKNOWN",
    });
    assert.throws(() => keysFrom(() => ONE, { refresh: "soon" as never }), { code: "ERR_HOLDFAST_DURATION" });
  });
});
