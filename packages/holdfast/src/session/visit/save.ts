/**
 * Saving what a request changed, on top of whatever other requests have saved meanwhile.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Core } from "../core.ts";
import { cleanText } from "../events.ts";
import type { Live } from "../record/live.ts";
import type { Reporter } from "../record/records.ts";
import { applyDelta, conflictingKeys, deltaBetween, parseData } from "./merge.ts";

/** How often a write is tried again before `ERR_HOLDFAST_CONFLICT`. */
export const MOST_ATTEMPTS = 200;

/** What goes with the data into the header. */
export interface SaveOptions {
  /** Counts as activity. */
  readonly active: boolean;
  /** True if the client can be given the id under the newest key. */
  readonly resign: boolean;
  /** The cookie's life in milliseconds, where the app has changed it. */
  readonly cookieLife: number | undefined;
}

/** One write over the version that was read. `null` if somebody was faster or the session is gone. */
export function saveOver(
  core: Core,
  live: Live,
  json: string,
  { active, resign, cookieLife }: SaveOptions,
  reporter: Reporter,
): Awaitable<Live | null> {
  const { credentials, keys, records, clock, activity } = core;
  const now = clock.now();
  const old = resign && live.credential.keyId !== keys.newest.id;
  const credential = old ? credentials.reissue(live.credential) : live.credential;
  const seenAt = active ? now : live.header.seenAt;
  return chain(records.update(live, credential, json, { seenAt, cookieLife }, now, reporter), (saved) => {
    if (saved !== null) activity.noteWrite(saved);
    return saved;
  });
}

/**
 * Saves, merging key by key with what was saved meanwhile. `null` if the session is gone.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_CONFLICT` after {@link MOST_ATTEMPTS}
 */
export function saveMerged(
  core: Core,
  live: Live,
  json: string,
  options: SaveOptions,
  reporter: Reporter,
  attempts: number = MOST_ATTEMPTS,
): Awaitable<Live | null> {
  if (attempts <= 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  return chain(saveOver(core, live, json, options, reporter), (saved) => {
    if (saved !== null) return saved;
    return chain(core.records.find(live.credential, core.clock.now(), reporter), (latest) => {
      if (latest === null) return null;
      const merged = mergeOnto(latest, live, json, reporter);
      return saveMerged(core, latest, merged, options, reporter, attempts - 1);
    });
  });
}

function mergeOnto(latest: Live, base: Live, mine: string, reporter: Reporter): string {
  const theirs = parseData(latest.json);
  const before = parseData(base.json);
  const delta = deltaBetween(before, parseData(mine));
  const keys = conflictingKeys(before, theirs, delta);
  if (keys.length > 0)
    reporter.report("session_conflict", { keys: keys.map(cleanText) }, { handle: base.credential.handle });
  return JSON.stringify(applyDelta(theirs, delta));
}
