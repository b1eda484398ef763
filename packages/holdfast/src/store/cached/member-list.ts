import { HoldfastError } from "../../errors.ts";
import type { StoredValue } from "../contract.ts";
import { isCount, isNodeId, isObject, type NodeId, parsed } from "./message.ts";

/** A process that may serve sessions from its memory, as the list in the store has it. */
export interface ListedMember {
  readonly id: NodeId;
  /** One more each time it says that it is still there. */
  readonly beat: number;
  /** How long it may serve what it has read, in milliseconds. */
  readonly maxStale: number;
}

/** The list's name among the store's values. */
export const LIST_NAME = "read-cache";

/** So many processes fit a value of 64 KiB. */
export const MOST_MEMBERS = 1_000;

/** The longest `maxStale` there is, in milliseconds. */
export const LONGEST_STALE = 60_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CORRUPT`: who is on it cannot be known, so nobody may be left out */
export function listIn(found: StoredValue | null): ListedMember[] {
  if (found === null || found === undefined) return [];
  const value = parsed(Buffer.from(found.value).toString());
  if (isObject(value) && value.v === 1 && Array.isArray(value.members) && value.members.every(isWireMember))
    return value.members.map(([id, beat, maxStale]) => ({ id, beat, maxStale }));
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CORRUPT",
    `The store's value \`${LIST_NAME}\`, which lists the processes that cache sessions, cannot be read: a newer ` +
      "version wrote it, or it is damaged. Stop all processes and remove it; they write it anew.",
  );
}

export function listBytes(members: readonly ListedMember[]): Uint8Array {
  return Buffer.from(
    JSON.stringify({ v: 1, members: members.map(({ id, beat, maxStale }) => [id, beat, maxStale]) }),
  );
}

function isWireMember(value: unknown): value is [id: NodeId, beat: number, maxStale: number] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [id, beat, maxStale]: unknown[] = value;
  return isNodeId(id) && isCount(beat) && isCount(maxStale) && maxStale <= LONGEST_STALE;
}
