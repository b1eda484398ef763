/**
 * What happened to sessions, in the log (ASVS 16.3.3).
 *
 * @module
 */
import type { SessionEventName, Sessions } from "holdfast";
import type { Log } from "./log.ts";

/** Somebody is trying something, or something is broken; the rest is daily life. */
const ALARMING: ReadonlySet<SessionEventName> = new Set<SessionEventName>([
  "session_forged",
  "session_replayed",
  "session_duplicate",
  "session_unreadable",
  "session_device_refused",
  "malicious_csrf",
  "insecure_transport",
  "store_error",
  "store_unavailable",
  "store_overloaded",
]);

export function isAlarming(type: SessionEventName): boolean {
  return ALARMING.has(type);
}

export function logSessionEvents(sessions: Sessions, log: Log): void {
  sessions.on("*", ({ type, at: _at, ...fields }) => {
    const { error, ...rest } = { error: undefined, ...fields };
    const line = ALARMING.has(type) ? log.warn : log.info;
    line(type, { ...rest, error: error instanceof Error ? error.message : error });
  });
}
