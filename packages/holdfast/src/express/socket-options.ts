/**
 * How the sessions of open sockets are looked after; see {@link SessionOptions.sockets}.
 *
 * @module
 */
import { type Duration, parseDuration, parseTimeout } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import type { WatchSettings } from "../session/watching/session-watch.ts";

/** What {@link SessionOptions.sockets} may say. */
export interface SocketOptions {
  /**
   * How often the store is asked whether the session of an open socket still lives: what another process has ended
   * closes its sockets within this time. Default `"10s"`, at least `"1s"`. Shorter is one read more for each session with sockets.
   */
  readonly interval?: Duration | undefined;
  /**
   * How long sockets stay open while the store does not answer, counted from the last time it said that their session
   * lives. Default `"1m"`; at least `interval`. Longer spares clients a reconnection, and keeps open what may have been
   * revoked.
   */
  readonly grace?: Duration | undefined;
}

const INTERVAL = 10_000;
const SHORTEST = 1_000;
const GRACE = 60_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function watchSettings(options: SocketOptions = {}): WatchSettings {
  checkOptionNames("sockets", options, ["interval", "grace"]);
  const interval = parseTimeout(options.interval ?? INTERVAL, "sockets.interval");
  if (interval < SHORTEST)
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "`sockets.interval` cannot be shorter than a second.");
  const grace = parseDuration(options.grace ?? Math.max(GRACE, interval), "sockets.grace");
  if (grace >= interval) return { interval, grace };
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "`sockets.grace` cannot be shorter than `sockets.interval`: no session is looked at more often than that.",
  );
}
