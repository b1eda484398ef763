/**
 * When a session ends by itself. Both limits are kept by the server's clock alone; cookie dates enforce nothing.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { RecordHeader, StampedHeader } from "./record/header.ts";

/**
 * Why a session is over, or `"live"`, or `"locked"`: then the idle limit has passed, and only its user's proof brings
 * it back.
 */
export type Standing = "live" | "locked" | "idle" | "absolute";

/**
 * A session ends `idle` milliseconds after its last activity (ASVS 7.3.1) and at its absolute limit, which only
 * a sign-in or a change of user moves (ASVS 7.3.2). One that locks is locked instead at its idle limit (NIST SP
 * 800-63B-4, 2.2.3).
 *
 * @param seenAt - the last activity known, recorded or not
 */
export function standing(header: RecordHeader, seenAt: number, now: number): Standing {
  if (now >= header.endsAt) return "absolute";
  if (header.lock === "locked") return "locked";
  if (now < seenAt + header.idle) return "live";
  return header.lock === "none" ? "idle" : "locked";
}

/** As far as activity is recorded. */
export function recordedStanding({ header, seenAt }: StampedHeader, now: number): Standing {
  return standing(header, seenAt, now);
}

/** How long a session's cookies are to live from now on, in milliseconds; `undefined`: until the browser closes. */
export function cookieLifeOf(
  { endsAt, cookieLife, remembered }: RecordHeader,
  clock: Clock,
): number | undefined {
  // Most do not outlive the browser's window, and need not be told the time.
  if (!remembered && cookieLife <= 0) return undefined;
  const left = endsAt - clock.now();
  return remembered ? left : Math.min(cookieLife, left);
}

/**
 * How much of the idle limit may pass before activity is recorded again. A tenth: traffic that only reads makes
 * ten writes per idle limit at most, and another process may end an idle session at most a tenth early.
 */
export function touchInterval(idle: number): number {
  return idle / 10;
}

/**
 * Until when a store must keep the record: past the idle limit, because this process may know of activity that it has not
 * recorded yet; and until the absolute limit what can be unlocked till then. It moves in steps of a tenth of the idle limit,
 * counted from the session's beginning: most writes leave the store's index of expiries as it is, and sessions do not
 * expire all at once.
 */
export function keepUntil(
  { createdAt, idle, endsAt, lock }: Pick<RecordHeader, "createdAt" | "idle" | "endsAt" | "lock">,
  seenAt: number,
): number {
  if (lock !== "none") return endsAt;
  const step = Math.ceil(touchInterval(idle));
  const steps = Math.ceil((seenAt + idle + step - createdAt) / step);
  return Math.min(endsAt, createdAt + steps * step);
}
