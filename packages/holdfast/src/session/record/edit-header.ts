import { type Awaitable, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { StoredRecord } from "../../store/contract.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { keepUntil } from "../limits.ts";
import { headerOver, type RecordHeader, type StampedHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";
import { MOST_ATTEMPTS } from "./records.ts";

/** What is to become of a header. */
export interface HeaderEdit<T> {
  /** `undefined`: it stays as it is. */
  readonly header: RecordHeader | undefined;
  readonly result: T;
}

/** Why there is no header to change. */
export type Absence = "gone" | "unreadable";

/**
 * Changes the header of a session that is known by its handle alone: no client has presented its id, nothing is opened of
 * its data, and it counts as no activity. `edit` sees the newest header, and may run again when others were faster.
 * A touch leaves the version: so that none is undone, what is written has at least the activity that is known here.
 *
 * @param seenAt - when this process last saw the session in use; 0 if it does not know. Milliseconds since 1970
 * @returns `"gone"` where there is no such record; `"unreadable"` where this process cannot read it: its key may be still
 * to come here, or its format newer
 * @throws {HoldfastError} `ERR_HOLDFAST_CONFLICT` after 200 attempts, or a store's error
 */
export function editHeader<T>(
  core: Core,
  handle: string,
  seenAt: () => number,
  reporter: Reporter,
  edit: (opened: StampedHeader, now: number) => HeaderEdit<T>,
  attempts: number = MOST_ATTEMPTS,
): Awaitable<T | Absence> {
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  const { store, records, clock } = core;
  const now = clock.now();
  const reading = store.ask("read", reporter, (it) => it.read(handle, now, true));
  return chain(reading, (record) => {
    // A foreign store may say `undefined`.
    if (record === null || record === undefined) return "gone";
    const opened = readHeader(records.codec, handle, record);
    if (opened === null) return "unreadable";
    const before = { ...opened, seenAt: Math.max(opened.seenAt, seenAt()) };
    const { header, result } = edit(before, now);
    if (header === undefined) return result;
    const writtenIn = record.version + 1;
    const stamped = headerOver(opened, record.version, writtenIn, header, before.seenAt);
    const written: StoredRecord<unknown> = {
      version: writtenIn,
      expiresAt: keepUntil(header, before.seenAt),
      user: record.user,
      keyId: record.keyId,
      header: records.codec.sealHeader(handle, record.keyId, stamped),
      body: record.body,
    };
    const writing = store.ask("update", reporter, (it) => it.update(handle, record.version, written, now));
    return chain<boolean, T | Absence>(writing, (done) =>
      done ? result : editHeader(core, handle, seenAt, reporter, edit, attempts - 1),
    );
  });
}
