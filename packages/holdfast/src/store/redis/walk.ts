import type { Handle, ListedRecord, ScanPage } from "../contract.ts";
import type { Commands } from "./commands.ts";
import type { Keys } from "./keys.ts";
import { LowestHandles } from "./lowest-handles.ts";
import type { Records } from "./records.ts";
import { arrayOf, type UserIndex } from "./user-index.ts";

/** How many keys a server looks at for one `SCAN`: about a third of a millisecond of its time. */
const STEP = "1000";

/** A key may be of somebody else's making. */
const HANDLE = /^[\w-]{22}$/;

/**
 * What operators do with all sessions. Redis keeps no list of them, so each of these goes through all keys of all
 * servers, a thousand at a time, and takes as long as that takes.
 */
export class Walk {
  readonly #commands: Commands;
  readonly #keys: Keys;
  readonly #records: Records;
  readonly #index: UserIndex;

  constructor(commands: Commands, keys: Keys, records: Records, index: UserIndex) {
    this.#commands = commands;
    this.#keys = keys;
    this.#records = records;
    this.#index = index;
  }

  /** As {@link Store.scan}. */
  async scan(now: number, { after = "", limit }: ScanPage): Promise<ListedRecord[]> {
    const listed: ListedRecord[] = [];
    for (let last = after; ; ) {
      const lowest = new LowestHandles(last, limit - listed.length);
      for await (const handles of this.#handles()) lowest.add(handles);
      const handles = lowest.list();
      const found = await Promise.all(
        handles.map(async (handle) => ({ handle, record: await this.#records.read(handle, now) })),
      );
      for (const { handle, record } of found) if (record !== null) listed.push({ handle, record });
      last = handles.at(-1) ?? "";
      if (listed.length >= limit || !lowest.full) return listed;
    }
  }

  /** As {@link Store.countByKey}. */
  async countByKey(now: number): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for await (const handles of this.#handles()) {
      const keyIds = await Promise.all(handles.map((handle) => this.#records.keyIdOfLive(handle, now)));
      for (const keyId of keyIds) if (keyId !== null) counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
    }
    return counts;
  }

  /** As {@link Store.deleteByKey}. */
  async deleteByKey(keyId: string, limit: number): Promise<number> {
    let removed = 0;
    for await (const handles of this.#handles()) {
      if (removed >= limit) break;
      const keyIds = await Promise.all(handles.map((handle) => this.#records.keyId(handle)));
      const dependent = handles.filter((_, at) => keyIds[at] === keyId).slice(0, limit - removed);
      const deleted = await Promise.all(dependent.map((handle) => this.#deleteOfKey(handle, keyId)));
      removed += deleted.filter(Boolean).length;
    }
    return removed;
  }

  /** Frees what sessions of past epochs take, until told to stop; says how many as it goes. */
  async sweep(report: (removed: number) => void, stopped: () => boolean): Promise<void> {
    for await (const handles of this.#handles()) {
      if (stopped()) return;
      const removed = await Promise.all(handles.map((handle) => this.#records.deleteDead(handle)));
      report(removed.filter(Boolean).length);
    }
  }

  async #deleteOfKey(handle: Handle, keyId: string): Promise<boolean> {
    const { deleted, user } = await this.#records.deleteOfKey(handle, keyId);
    if (deleted && user !== null) await this.#index.forget(user, [handle]);
    return deleted;
  }

  /** The handles of all records, those of past epochs too; while servers move keys, one may come twice. */
  async *#handles(): AsyncIterable<readonly Handle[]> {
    for (const send of await this.#commands.servers()) {
      let cursor = "0";
      do {
        const [next, keys] = arrayOf(
          await send(["SCAN", cursor, "MATCH", this.#keys.sessionPattern, "COUNT", STEP]),
        );
        cursor = String(next);
        yield arrayOf(keys)
          .map((key) => this.#keys.handleIn(String(key)))
          .filter((handle) => HANDLE.test(handle));
      } while (cursor !== "0");
    }
  }
}
