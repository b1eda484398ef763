import assert from "node:assert/strict";
import type { Store, StoreLack } from "../../store/contract.ts";
import { bytes, type Clause, newHandle, newUser, record } from "./trial.ts";

const NAME = "conformance-1";

const refuses = (action: () => unknown): Promise<void> =>
  assert.rejects(async () => action(), { code: "ERR_HOLDFAST_STORE_CANNOT" });

/** That a store which lacks something refuses it, and does nothing. */
const refusals: Readonly<Record<StoreLack, readonly Clause[]>> = {
  "atomic-writes": [],
  values: [
    [
      "refuses to keep values",
      async ({ store, now }) => {
        await refuses(() => store.writeValue(NAME, 0, bytes(""), now));
        await refuses(() => store.writeValue(NAME, 0, bytes(""), now, now + 1));
        await refuses(() => store.readValue(NAME, now));
      },
    ],
  ],
  limits: [["refuses a limit of sessions per user", ({ store, now }) => refusesLimit(store, now)]],
  listing: [
    [
      "refuses to list and count sessions, and to end all of a user's but one",
      async ({ store, now }) => {
        const [handle, user] = [newHandle(), newUser()];
        await store.create(handle, record(now, { user }), now);
        await refusesLists(store, now);
        await refuses(() => store.listUser([user], now));
        await refuses(() => store.deleteUser([user], now, newHandle()));
        assert.ok(await store.read(handle, now));
      },
    ],
    [
      "ends all of a user's sessions, and everybody's, without counting them",
      async ({ store, other, now }) => {
        const [handle, user] = [newHandle(), newUser()];
        const last = newHandle();
        await store.create(handle, record(now, { user }), now);
        await store.create(last, record(now), now);
        assert.equal(await other.deleteUser([user], now), 0);
        assert.equal(await store.read(handle, now), null);
        assert.ok(await store.read(last, now));
        assert.equal(await other.deleteAll(now), 0);
        assert.equal(await store.read(last, now), null);
      },
    ],
  ],
  revocation: [
    [
      "refuses to end a user's sessions, and everybody's",
      async ({ store, now }) => {
        const [handle, user] = [newHandle(), newUser()];
        await store.create(handle, record(now, { user }), now);
        await refuses(() => store.deleteUser([user], now));
        await refuses(() => store.deleteAll(now));
        assert.ok(await store.read(handle, now));
      },
    ],
  ],
};

/** @param lacks - what the store is said to lack */
export function lackClauses(lacks: readonly StoreLack[]): readonly Clause[] {
  const honest: Clause = [
    "lacks of the contract what it is said to lack, and nothing else",
    async ({ store }) => assert.deepEqual([...store.capabilities.lacks].sort(), [...lacks].sort()),
  ];
  return [honest, ...lacks.flatMap((lack) => refusals[lack])];
}

async function refusesLists(store: Store, now: number): Promise<void> {
  await refuses(() => store.scan(now, { limit: 1 }));
  await refuses(() => store.countByKey(now));
  await refuses(() => store.deleteByKey("k-01", 1));
}

async function refusesLimit(store: Store, now: number): Promise<void> {
  const [handle, user] = [newHandle(), newUser()];
  const limit = { users: [user], most: 1, beyond: "evict" } as const;
  await refuses(() => store.create(handle, record(now, { user }), now, undefined, limit));
  assert.equal(await store.read(handle, now), null);
}
