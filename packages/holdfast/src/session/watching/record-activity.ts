import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { keepUntil, touchInterval } from "../limits.ts";
import { headerOver, type StampedHeader } from "../record/header.ts";
import { readHeader } from "../record/read-header.ts";

/**
 * Writes down that a session was in use at `seenAt`, unless it is known already, for a socket: no request does it.
 *
 * @returns its header with the activity; `null` if there is no such session
 */
export async function recordActivity(
  { store, records, clock }: Pick<Core, "store" | "records" | "clock">,
  reporter: Reporter,
  handle: string,
  seenAt: number,
): Promise<StampedHeader | null> {
  const record = await store.ask("read", reporter, (it) => it.read(handle, seenAt, true));
  const opened = record ? readHeader(records.codec, handle, record) : null;
  if (!record || opened === null) return null;
  const { header } = opened;
  if (header.lock === "locked" || seenAt - opened.seenAt < touchInterval(header.idle)) return opened;
  const { version } = record;
  const touched = headerOver(opened, version, version, header, seenAt);
  const sealed = records.codec.sealHeader(handle, record.keyId, touched);
  const touch = { handle, version, expiresAt: keepUntil(header, seenAt), header: sealed };
  await store.ask("touch", reporter, (it) => it.touch([touch], clock.now()));
  return touched;
}
