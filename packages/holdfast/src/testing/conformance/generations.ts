import assert from "node:assert/strict";
import {
  assertListed,
  assertRecord,
  type Clause,
  counted,
  HOUR,
  lacks,
  newHandle,
  newUser,
  record,
} from "./trial.ts";

/** Sign-ins that meet the removal of a user's sessions. */
export const generationClauses: readonly Clause[] = [
  [
    "has generation 0 for a user whose sessions were never deleted, and a new number after each deletion",
    async ({ store, other, now }) => {
      const [user, otherHash, stranger] = [newUser(), newUser(), newUser()];
      const seen = [await store.userGeneration(user)];
      assert.deepEqual(seen, [0]);
      for (let times = 0; times < 3; times++) {
        await other.deleteUser([otherHash, user], now);
        seen.push(await store.userGeneration(user));
      }
      assert.equal(new Set(seen).size, 4);
      assert.notEqual(await store.userGeneration(otherHash), 0);
      assert.equal(await store.userGeneration(stranger), 0);
    },
    ["revocation"],
  ],
  [
    "adds nothing for a sign-in that began before the user's sessions were deleted",
    async ({ store, other, now }) => {
      const user = newUser();
      for (const kept of lacks(store, "listing") ? [undefined] : [undefined, newHandle()]) {
        const generation = await store.userGeneration(user);
        await other.deleteUser([user], now, kept);
        const handle = newHandle();
        assert.equal(await store.create(handle, record(now, { user }), now, generation), "revoked");
        assert.equal(await other.read(handle, now), null);
        await assertListed(other, [user], now, []);
      }
    },
    ["revocation"],
  ],
  [
    "adds a sign-in that began after it, one without a generation, and another user's",
    async ({ store, other, now }) => {
      const [user, stranger] = [newUser(), newUser()];
      const strangers = await store.userGeneration(stranger);
      await store.deleteUser([user], now);
      const generation = await other.userGeneration(user);
      assert.equal(await other.create(newHandle(), record(now, { user }), now, generation), "created");
      assert.equal(await other.create(newHandle(), record(now, { user }), now), "created");
      assert.equal(
        await other.create(newHandle(), record(now, { user: stranger }), now, strangers),
        "created",
      );
      if (!lacks(store, "listing")) assert.equal((await store.listUser([user], now)).length, 2);
    },
    ["revocation"],
  ],
  [
    "forgets a deletion after an hour, and does not take a forgotten one for a new one",
    async ({ store, other, now, expiresByItself }) => {
      const user = newUser();
      await store.deleteUser([user], now);
      const generation = await other.userGeneration(user);
      const later = now + 2 * HOUR;
      await store.prune(later, 100);
      assert.equal(await other.userGeneration(user), expiresByItself ? generation : 0);
      assert.equal(await store.create(newHandle(), record(later, { user }), later, generation), "created");
    },
    ["revocation"],
  ],
  [
    "never uses a number again, not even after it has been forgotten",
    async ({ store, other, now }) => {
      const user = newUser();
      await store.deleteUser([user], now);
      const generation = await other.userGeneration(user);
      const later = now + 2 * HOUR;
      await other.prune(later, 100);
      await other.deleteUser([user], later);
      assert.equal(await store.create(newHandle(), record(later, { user }), later, generation), "revoked");
    },
    ["revocation"],
  ],
  [
    "remembers a deletion for an hour, through upkeep",
    async ({ store, other, now }) => {
      const user = newUser();
      const generation = await store.userGeneration(user);
      await store.deleteUser([user], now);
      const later = now + HOUR - 1;
      await other.prune(later, 100);
      await other.deleteUser([newUser()], later);
      assert.equal(await store.create(newHandle(), record(later, { user }), later, generation), "revoked");
    },
    ["revocation"],
  ],
  [
    "removes everything at once, and moves everybody's generation",
    async ({ store, other, now }) => {
      const [user, stranger] = [newUser(), newUser()];
      await store.deleteUser([stranger], now);
      const generations = await Promise.all([user, stranger].map((it) => store.userGeneration(it)));
      const handles = [newHandle(), newHandle(), newHandle()] as const;
      await store.create(handles[0], record(now, { user }), now);
      await store.create(handles[1], record(now), now);
      await store.create(handles[2], record(now, { expiresAt: now - 1 }), now);
      assert.ok((await other.deleteAll(now)) >= counted(other, 2));
      for (const handle of handles) assert.equal(await store.read(handle, now), null);
      await assertListed(store, [user], now, []);
      assert.equal(await store.update(handles[1], 1, record(now), now), false);
      for (const [index, it] of [user, stranger].entries()) {
        const handle = newHandle();
        const began = generations[index];
        assert.equal(await store.create(handle, record(now, { user: it }), now, began), "revoked");
        const generation = await other.userGeneration(it);
        assert.equal(await store.create(handle, record(now, { user: it }), now, generation), "created");
      }
      assert.equal(await other.deleteAll(now), counted(other, 2));
    },
    ["revocation"],
  ],
  [
    "forgets that everything was removed after an hour",
    async ({ store, other, now, expiresByItself }) => {
      const user = newUser();
      await store.deleteAll(now);
      await other.prune(now + HOUR - 1, 100);
      const generation = await other.userGeneration(user);
      assert.notEqual(generation, 0);
      await store.prune(now + 2 * HOUR, 100);
      assert.equal(await other.userGeneration(user), expiresByItself ? generation : 0);
    },
    ["revocation"],
  ],
  [
    "prefers what is there to what a sign-in brings: a handle in use stays as it is",
    async ({ store, now }) => {
      const user = newUser();
      const handle = newHandle();
      const generation = await store.userGeneration(user);
      await store.create(handle, record(now), now);
      assert.equal(await store.create(handle, record(now, { user }), now, generation), "exists");
      assertRecord(await store.read(handle, now), record(now));
    },
    ["revocation"],
  ],
];
