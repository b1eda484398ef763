import assert from "node:assert/strict";
import type { Store } from "../../store/contract.ts";
import {
  assertListed,
  assertRecord,
  atOnce,
  bytes,
  type Clause,
  handlesOf,
  newHandle,
  newUser,
  record,
} from "./trial.ts";

const ROUNDS = 20;

/** Operations that meet. */
export const raceClauses: readonly Clause[] = [
  [
    "lets one of a hundred creates of one handle win, and keeps its record",
    async (trial) => {
      const { store, other, now } = trial;
      const handle = newHandle();
      const nth = (index: number) => record(now, { body: bytes(`record ${index}`) });
      const answers = await atOnce(trial, 100, (on, index) => on.create(handle, nth(index), now));
      assert.equal(answers.filter((answer) => answer === "created").length, 1);
      assert.equal(answers.filter((answer) => answer === "exists").length, 99);
      for (const on of [store, other])
        assertRecord(await on.read(handle, now), nth(answers.indexOf("created")));
    },
    ["atomic-writes"],
  ],
  [
    "lets one of a hundred updates of one version win, and keeps its record",
    async (trial) => {
      const { store, other, now } = trial;
      const handle = newHandle();
      const nth = (index: number) => record(now, { version: 2, body: bytes(`record ${index}`) });
      await store.create(handle, record(now), now);
      const answers = await atOnce(trial, 100, (on, index) => on.update(handle, 1, nth(index), now));
      assert.equal(answers.filter(Boolean).length, 1);
      for (const on of [store, other]) assertRecord(await on.read(handle, now), nth(answers.indexOf(true)));
    },
    ["atomic-writes"],
  ],
  [
    "loses no count of many writers that read, add one and try again",
    async (trial) => {
      const { store, now } = trial;
      const handle = newHandle();
      await store.create(handle, record(now, { body: Uint8Array.of(0) }), now);
      await atOnce(trial, 10, async (on) => {
        let counted = 0;
        // Each refusal means that another has counted, of which there are fifty.
        for (let tries = 0; counted < 5 && tries < 100; tries++)
          if (await addOne(on, handle, now)) counted += 1;
        assert.equal(counted, 5);
      });
      assertRecord(await store.read(handle, now), record(now, { version: 51, body: Uint8Array.of(50) }));
    },
    ["atomic-writes"],
  ],
  [
    "reports one of a hundred deletes as the one that found the record",
    async (trial) => {
      const handle = newHandle();
      await trial.store.create(handle, record(trial.now), trial.now);
      const answers = await atOnce(trial, 100, (on) => on.delete(handle, trial.now));
      assert.equal(answers.filter(Boolean).length, 1);
    },
    ["atomic-writes", "revocation"],
  ],
  [
    "leaves nothing of a session that is deleted while it is updated and touched",
    async (trial) => {
      const { store, other, now } = trial;
      for (let round = 0; round < ROUNDS; round++) {
        const handle = newHandle();
        const user = newUser();
        const next = record(now, { user });
        await store.create(handle, next, now);
        const operations = [
          (on: Store) => on.update(handle, 1, next, now),
          (on: Store) => on.delete(handle, now),
          (on: Store) =>
            on.touch([{ handle, version: 1, expiresAt: next.expiresAt, header: bytes("seen") }], now),
        ];
        await atOnce(trial, 3, (on, index) => operations[(index + round) % 3]?.(on));
        assert.equal(await other.read(handle, now), null);
        await assertListed(store, [user], now, []);
      }
    },
    ["revocation"],
  ],
  [
    "keeps the update where an update and a touch of one version meet",
    async (trial) => {
      const { store, other, now } = trial;
      for (let round = 0; round < ROUNDS; round++) {
        const handle = newHandle();
        const next = record(now, { version: 2, header: bytes("updated"), body: bytes("updated") });
        await store.create(handle, record(now), now);
        await atOnce(trial, 2, (on, index) =>
          index === round % 2
            ? on.update(handle, 1, next, now)
            : on.touch([{ handle, version: 1, expiresAt: now + 5, header: bytes("seen") }], now),
        );
        assertRecord(await other.read(handle, now), next);
      }
    },
    ["atomic-writes"],
  ],
  [
    "never leaves a record outside its user's index where a create and a deletion of the user meet",
    async (trial) => {
      const { store, other, now } = trial;
      for (let round = 0; round < ROUNDS; round++) {
        const handle = newHandle();
        const user = newUser();
        const operations = [
          (on: Store) => on.create(handle, record(now, { user }), now),
          (on: Store) => on.deleteUser([user], now),
        ];
        await atOnce(trial, 2, (on, index) => operations[(index + round) % 2]?.(on));
        const listed = await handlesOf(store, [user], now);
        assert.deepEqual(listed, (await other.read(handle, now)) === null ? [] : [handle]);
      }
    },
    ["listing", "revocation"],
  ],
  [
    "leaves no session of a sign-in that a deletion of the user overtakes, whichever comes first",
    async (trial) => {
      const { store, other, now } = trial;
      for (let round = 0; round < ROUNDS; round++) {
        const handle = newHandle();
        const user = newUser();
        const generation = await store.userGeneration(user);
        const operations = [
          (on: Store) => on.create(handle, record(now, { user }), now, generation),
          (on: Store) => on.deleteUser([user], now),
        ];
        await atOnce(trial, 2, (on, index) => operations[(index + round) % 2]?.(on));
        assert.equal(await other.read(handle, now), null);
        await assertListed(store, [user], now, []);
      }
    },
    ["revocation"],
  ],
  [
    "leaves no session of a user whose sessions are deleted while they are updated",
    async (trial) => {
      const { store, other, now } = trial;
      const user = newUser();
      const handles = Array.from({ length: 30 }, newHandle);
      for (const handle of handles) await store.create(handle, record(now, { user }), now);
      await atOnce(trial, 31, (on, index) => {
        const handle = handles[index];
        return handle === undefined
          ? on.deleteUser([user], now)
          : on.update(handle, 1, record(now, { user, body: bytes("new") }), now);
      });
      for (const handle of handles) assert.equal(await other.read(handle, now), null);
      await assertListed(store, [user], now, []);
    },
    ["revocation"],
  ],
];

async function addOne(store: Store, handle: string, now: number): Promise<boolean> {
  const found = await store.read(handle, now);
  assert.ok(found);
  const next = { ...found, body: Uint8Array.of((found.body[0] ?? 0) + 1) };
  return store.update(handle, found.version, next, now);
}
