import assert from "node:assert/strict";
import type { Store } from "../../store/contract.ts";
import { assertRecord, bytes, type Clause, HOUR, newHandle, newUser, record } from "./trial.ts";

/** All sessions, page by page. */
export const scanClauses: readonly Clause[] = [
  [
    "scans everybody's live sessions with their records, anonymous ones included, in the order of their handles",
    async ({ store, other, now }) => {
      assert.deepEqual(await other.scan(now, { limit: 10 }), []);
      const users = [newUser(), newUser(), null];
      // Upper case, lower case, digits and signs each have their place.
      const handles = ["-", "0", "9", "A", "Z", "_", "a", "z"].map((first) => first + newHandle().slice(1));
      const shuffled = [...handles].reverse();
      for (const [index, handle] of shuffled.entries()) {
        const user = users[index % 3] ?? null;
        await store.create(handle, record(now, { user, body: bytes(handle) }), now);
      }
      const scanned = await other.scan(now, { limit: 10 });
      assert.deepEqual(
        scanned.map(({ handle }) => handle),
        handles,
      );
      for (const { handle, record: found } of scanned) {
        const user = users[shuffled.indexOf(handle) % 3] ?? null;
        assertRecord(found, record(now, { user, body: bytes(handle) }));
      }
    },
    ["listing"],
  ],
  [
    "scans in full pages, each beginning after a handle that may be gone",
    async ({ store, other, now }) => {
      const handles = Array.from({ length: 25 }, newHandle);
      for (const handle of handles) await store.create(handle, record(now), now);
      handles.sort();
      const at = (index: number): string => handles[index] ?? "";
      assert.deepEqual(await names(other, now, undefined, 10), handles.slice(0, 10));
      assert.deepEqual(await names(other, now, at(9), 10), handles.slice(10, 20));
      await store.delete(at(19), now);
      assert.deepEqual(await names(other, now, at(19), 10), handles.slice(20));
      assert.deepEqual(await names(other, now, at(24), 10), []);
      assert.deepEqual(await names(other, now, undefined, 1), [at(0)]);
    },
    ["listing", "revocation"],
  ],
  [
    "scans no session that has expired, and fills the page with others",
    async ({ store, other, now }) => {
      const live: string[] = [];
      for (let index = 0; index < 20; index++) {
        const handle = newHandle();
        if (index % 2 === 0) live.push(handle);
        await store.create(
          handle,
          record(now, { expiresAt: index % 2 === 0 ? now + 2 * HOUR : now + HOUR }),
          now,
        );
      }
      live.sort();
      assert.deepEqual(await names(other, now + HOUR, undefined, 6), live.slice(0, 6));
      assert.deepEqual(await names(other, now + HOUR, live[5], 6), live.slice(6));
    },
    ["listing"],
  ],
  [
    "shows a session that lives throughout once in a scan, whatever begins and ends meanwhile",
    async ({ store, other, now }) => {
      const lasting = Array.from({ length: 30 }, newHandle);
      const ending = Array.from({ length: 15 }, newHandle);
      for (const handle of [...lasting, ...ending]) await store.create(handle, record(now), now);
      const seen: string[] = [];
      for (let page = await names(other, now, undefined, 4); page.length > 0; ) {
        seen.push(...page);
        await store.create(newHandle(), record(now), now);
        await store.delete(ending.pop() ?? "", now);
        await store.update(page[0] ?? "", 1, record(now, { body: bytes("more") }), now);
        page = await names(other, now, page.at(-1), 4);
      }
      assert.equal(new Set(seen).size, seen.length);
      for (const handle of lasting) assert.ok(seen.includes(handle));
    },
    ["listing", "revocation"],
  ],
];

async function names(store: Store, now: number, after: string | undefined, limit: number): Promise<string[]> {
  return (await store.scan(now, { after, limit })).map(({ handle }) => handle);
}
