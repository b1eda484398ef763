/**
 * What a device gets for a proof: a bound cookie, and the challenge to sign for the next.
 *
 * @module
 */
import type { DeviceBoundSettings } from "../../dbsc/settings.ts";
import type { Core } from "../core.ts";
import { standing, touchInterval } from "../limits.ts";
import type { Credential } from "../record/credentials.ts";
import type { RecordHeader, StampedHeader } from "../record/header.ts";
import { boundValue } from "./bound-cookie.ts";
import { nextChallenge } from "./challenges.ts";
import type { BoundKey, Challenge } from "./state.ts";

/** What the browser gets for a good proof. */
export interface Proven {
  /** The binding's name. */
  readonly id: string;
  /** What to sign next. */
  readonly challenge: string;
  /** The bound cookie's value. */
  readonly value: string;
  /** How long it is good, in milliseconds. */
  readonly life: number;
}

export function newChallenge({ credentials }: Core, { life }: DeviceBoundSettings, now: number): Challenge {
  return nextChallenge(credentials.newChallenge(), life, now);
}

/**
 * The header after a good proof of `key`: the challenge that was signed is gone, and those before it with it; that of a
 * registration stays, for the same registration only.
 */
export function grant(
  core: Core,
  settings: DeviceBoundSettings,
  header: RecordHeader,
  key: BoundKey,
  now: number,
  registration?: Challenge,
): { readonly header: RecordHeader; readonly result: Proven } {
  const next = newChallenge(core, settings, now);
  // Not cut at the session's end, which ends it anyway: browsers renew a cookie that has little time left.
  const { life } = settings;
  const value = boundValue(core.keys, key, now + life);
  const device = { ...header.device, key, challenges: [next], registration };
  return { header: { ...header, device }, result: { id: key.id, challenge: next.value, value, life } };
}

/** When this process last saw the session in use, as the ids that came along tell; 0 if it does not know. */
export function lastSeen(handle: string, credentials: readonly Credential[]): number {
  return Math.max(0, ...credentials.filter((it) => it.handle === handle).map(({ seenAt }) => seenAt));
}

/** True for a session that has reached a limit, whatever activity another process may know of and not have recorded yet. */
export function isOver({ header, seenAt }: StampedHeader, now: number): boolean {
  const found = standing(header, seenAt + touchInterval(header.idle), now);
  return found === "idle" || found === "absolute";
}
