import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { storedKeys } from "../../../src/keys/index.ts";
import type { Store } from "../../../src/store/contract.ts";
import { sessionApp, strongSecret } from "../session-app.ts";
import { Storm } from "./storm.ts";

const ROUNDS = 40;

/** A storm over a deployment of two processes that share one store; `store` opens it for each. */
export async function storm(test: TestContext, store: () => Store<unknown>, seed: number): Promise<void> {
  const secret = strongSecret();
  const options = () => ({
    store: store(),
    // A machine with much else to do must not count as an outage.
    storeTimeout: "30s" as const,
    secret: storedKeys({ secret, rotate: "1h", propagation: "5m", refresh: "1m" }),
    idle: "30m" as const,
    absolute: "6h" as const,
    renew: "2m" as const,
    onIdle: "lock" as const,
  });
  const one = await sessionApp(test, options());
  const apps = [one, await sessionApp(test, { ...options(), clock: one.clock })];
  const all = new Storm(apps, one.clock, randomFrom(seed));
  for (let round = 0; round < ROUNDS; round++) await all.round();

  const events = apps.flatMap((app) => app.events);
  const alarms = events.filter((event) => {
    const { type } = event;
    // An id under a revoked key is a stranger's, and a record under it is nobody's.
    if (all.keysRevoked && (type === "session_forged" || type === "session_unreadable"))
      return "guess" in event;
    return /^(session_(replayed|forged|unreadable)|store_error|key_refresh_failed)$/.test(type);
  });
  assert.deepEqual(alarms, []);
  assert.deepEqual(
    apps.flatMap((app) => app.warnings),
    [],
  );
  const told = JSON.stringify([events, apps.map((app) => app.errors)]);
  const secrets = all.clients.flatMap(({ cookies }) =>
    [...cookies].flatMap((cookie) => cookie.split(".").slice(2)),
  );
  for (const part of [secret, ...secrets]) assert.ok(!told.includes(part), "a secret was told");
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
