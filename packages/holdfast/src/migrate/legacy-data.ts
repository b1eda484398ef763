/**
 * From a legacy record to a session's data. The record is hostile: whoever could write to the legacy store has made it.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { type Identify, userOf } from "../session/identity.ts";
import { reservedNames } from "../session/object/session-object.ts";
import { Snapshot } from "../session/record/snapshot.ts";

/** A session's data as it comes over. */
export interface LegacyData {
  readonly snapshot: Snapshot;
  readonly user: string | null;
  /** Keys that are names of the session's own interface here, and stay behind. */
  readonly leftBehind: readonly string[];
}

/** Data that cannot come over, and why. */
export type BadData = "unreadable" | "too_large";

export function dataFrom(
  data: Readonly<Record<string, unknown>>,
  identify: Identify,
  maxBytes: number,
): LegacyData | BadData {
  try {
    const names = Object.keys(data);
    const own = names.filter((name) => !reservedNames.has(name));
    const leftBehind = names.filter((name) => reservedNames.has(name));
    const json = JSON.stringify(pick(data, own));
    const snapshot = json === Snapshot.EMPTY.json ? Snapshot.EMPTY : Snapshot.ofJson(json);
    if (!snapshot.fits(maxBytes)) return "too_large";
    const copy: Record<string, unknown> = Object.create(null);
    snapshot.pourInto(copy, reservedNames);
    return { snapshot, user: userOf(copy, identify), leftBehind };
  } catch (error) {
    // Cycles, numbers beyond JSON, getters that throw, a user that is none: and whatever `identify` stumbles over.
    if (error instanceof HoldfastError && error.code !== "ERR_HOLDFAST_USER") throw error;
    return "unreadable";
  }
}

function pick(data: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = Object.create(null);
  for (const name of names) picked[name] = data[name];
  return picked;
}
