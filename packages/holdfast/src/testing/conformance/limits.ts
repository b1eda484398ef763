import assert from "node:assert/strict";
import type { UserLimit } from "../../store/contract.ts";
import { atOnce, type Clause, handlesOf, newHandle, newUser, record, SECOND } from "./trial.ts";

const limitOf = (users: readonly string[], most: number, beyond: UserLimit["beyond"]): UserLimit => ({
  users,
  most,
  beyond,
});

/** How many sessions a user may have. */
export const limitClauses: readonly Clause[] = [
  [
    "ends the user's sessions longest without activity where a limit says so, and says that it did",
    async ({ store, other, now }) => {
      const [user, stranger] = [newUser(), newUser()];
      const limit = limitOf([user], 2, "evict");
      const [first, second, third, fourth, foreign] = Array.from({ length: 5 }, newHandle) as [
        string,
        string,
        string,
        string,
        string,
      ];
      const create = (handle: string, after: number): unknown =>
        store.create(handle, record(now, { user, expiresAt: now + after * SECOND }), now, undefined, limit);
      await store.create(foreign, record(now, { user: stranger }), now);
      assert.equal(await create(first, 30), "created");
      assert.equal(await create(second, 20), "created");
      assert.equal(await create(third, 40), "evicted");
      assert.deepEqual(await handlesOf(other, [user], now), [first, third].sort());
      await other.touch(
        [{ handle: first, version: 1, expiresAt: now + 50 * SECOND, header: record(now).header }],
        now,
      );
      assert.equal(await create(fourth, 45), "evicted");
      assert.deepEqual(await handlesOf(other, [user], now), [first, fourth].sort());
      assert.deepEqual(await handlesOf(other, [stranger], now), [foreign]);
    },
    ["listing", "limits"],
  ],
  [
    "ends as many as are too many under a limit that has become lower, under each of the user's hashes",
    async ({ store, other, now }) => {
      const [oldHash, newHash] = [newUser(), newUser()];
      for (const user of [oldHash, newHash, oldHash, newHash])
        await store.create(newHandle(), record(now, { user }), now);
      const handle = newHandle();
      const limit = limitOf([newHash, oldHash], 1, "evict");
      assert.equal(
        await store.create(
          handle,
          record(now, { user: newHash, expiresAt: now + SECOND }),
          now,
          undefined,
          limit,
        ),
        "evicted",
      );
      assert.deepEqual(await handlesOf(other, [oldHash, newHash], now), [handle]);
    },
    ["listing", "limits"],
  ],
  [
    "adds nothing beyond a limit that rejects, and takes only live sessions for full",
    async ({ store, other, now }) => {
      const user = newUser();
      const limit = limitOf([user], 1, "reject");
      const handle = newHandle();
      await store.create(newHandle(), record(now, { user, expiresAt: now + SECOND }), now);
      assert.equal(await store.create(handle, record(now, { user }), now, undefined, limit), "limit");
      assert.equal(await other.read(handle, now), null);
      const later = now + 2 * SECOND;
      assert.equal(await store.create(handle, record(later, { user }), later, undefined, limit), "created");
    },
    ["listing", "limits"],
  ],
  [
    "changes nothing where a revoke or the handle keeps the session out, whatever the limit",
    async ({ store, other, now }) => {
      const user = newUser();
      const limit = limitOf([user], 1, "evict");
      const generation = await store.userGeneration(user);
      await other.deleteUser([user], now);
      const handle = newHandle();
      await store.create(handle, record(now, { user }), now);
      assert.equal(await store.create(newHandle(), record(now, { user }), now, generation, limit), "revoked");
      assert.equal(await store.create(handle, record(now, { user }), now, undefined, limit), "exists");
      assert.deepEqual(await handlesOf(other, [user], now), [handle]);
    },
    ["listing", "limits", "revocation"],
  ],
  [
    "keeps a limit however many sign in at once",
    async (trial) => {
      const { store, now } = trial;
      for (const beyond of ["evict", "reject"] as const) {
        const user = newUser();
        const limit = limitOf([user], 3, beyond);
        const outcomes = await atOnce(trial, 100, (each) =>
          each.create(newHandle(), record(now, { user }), now, undefined, limit),
        );
        const added = outcomes.filter((outcome) => outcome === "created" || outcome === "evicted");
        assert.equal(added.length, beyond === "reject" ? 3 : 100);
        assert.equal((await store.listUser([user], now)).length, 3);
      }
    },
    ["listing", "limits"],
  ],
];
