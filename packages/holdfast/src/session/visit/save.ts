/**
 * Saving what a request changed, on top of whatever other requests have saved meanwhile.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import { cleanText } from "../../clean-text.ts";
import type { Clock } from "../../clock.ts";
import { HoldfastError } from "../../errors.ts";
import type { KeyRing } from "../../keys/key-ring.ts";
import type { Activity } from "../activity.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { mayMove } from "../federation/at-begin.ts";
import { FRESH_MS } from "../fresh.ts";
import { type Live, lastSeenAt } from "../record/live.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import { isCurrent } from "../record/secrets.ts";
import type { Snapshot } from "../record/snapshot.ts";
import { applyDelta, conflictingKeys, dataOf, deltaBetween, snapshotOf } from "./merge.ts";

/** What goes with the data into the header. */
export interface SaveOptions {
  /** Counts as activity. */
  readonly active: boolean;
  /** True if the client can be given the id under the newest key. */
  readonly reissue: boolean;
  /** The cookie's life in milliseconds, where the app has changed it. */
  readonly cookieLife: number | undefined;
  /** When the request came with its id. */
  readonly presentedAt: number;
}

/**
 * One write over the version that was read. `null` if somebody was faster or the session is gone.
 *
 * One that is no activity, of a request that came a while ago, reads again first: others may have recorded activity since,
 * which leaves the version, and it would put the older header back.
 */
export function saveOver(
  core: Core,
  live: Live,
  data: Snapshot,
  options: SaveOptions,
  reporter: Reporter,
): Awaitable<Live | null> {
  if (!mayBeOutdated(options, core.clock)) return saveAsRead(core, live, data, options, reporter);
  const { presentedAt } = options;
  const finding = core.records.find(live.credential, presentedAt, core.clock.now(), reporter);
  return chain(finding, (latest) =>
    latest?.record.version === live.record.version ? saveAsRead(core, latest, data, options, reporter) : null,
  );
}

function mayBeOutdated({ active, presentedAt }: SaveOptions, clock: Clock): boolean {
  return !active && Math.abs(clock.now() - presentedAt) >= FRESH_MS;
}

function saveAsRead(
  core: Core,
  live: Live,
  data: Snapshot,
  options: SaveOptions,
  reporter: Reporter,
): Awaitable<Live | null> {
  const { credentials, keys, records, clock, activity } = core;
  const now = clock.now();
  const old = options.reissue && hasOldKey(live, keys);
  const credential = old ? credentials.reissue(live.credential) : live.credential;
  const seenAt = options.active ? now : lastSeenAt(live);
  const saved =
    old && live.header.provider !== undefined
      ? chain(mayMove(core, live.header, credential.keyId, reporter), (may) => {
          const under = may ? credential : live.credential;
          return records.update(live, under, data, seenAt, options.cookieLife, now, reporter);
        })
      : records.update(live, credential, data, seenAt, options.cookieLife, now, reporter);
  if (!isPromise(saved)) return noted(activity, saved, seenAt);
  const done = saved.then((it) => noted(activity, it, seenAt));
  if (options.active) activity.noteWriting(live.credential, done);
  return done;
}

/** True if the client's id is to be issued anew under the newest key. One whose secret has been replaced is not. */
export function hasOldKey({ credential, header }: Live, keys: KeyRing): boolean {
  return keys.isOutdated(credential.keyId) && isCurrent(header, credential);
}

function noted(activity: Activity, saved: Live | null, usedAt: number): Live | null {
  if (saved !== null) activity.noteWrite(saved, usedAt);
  return saved;
}

/**
 * Saves, merging key by key with what was saved meanwhile. `null` if the session is gone.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_CONFLICT` after {@link MOST_ATTEMPTS}
 */
export function saveMerged(
  core: Core,
  live: Live,
  data: Snapshot,
  options: SaveOptions,
  reporter: Reporter,
): Awaitable<Live | null> {
  const saved = saveOver(core, live, data, options, reporter);
  if (!isPromise(saved) && saved !== null) return saved;
  return chain(saved, (done) => done ?? saveOnLatest(core, live, data, options, reporter, MOST_ATTEMPTS));
}

function saveOnLatest(
  core: Core,
  base: Live,
  data: Snapshot,
  options: SaveOptions,
  reporter: Reporter,
  attempts: number,
): Awaitable<Live | null> {
  if (attempts <= 1) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  const found = core.records.find(base.credential, options.presentedAt, core.clock.now(), reporter);
  return chain(found, (latest) => {
    if (latest === null) return null;
    const merged = mergeOnto(latest, base, data, reporter);
    return chain(
      saveAsRead(core, latest, merged, options, reporter),
      (saved) => saved ?? saveOnLatest(core, latest, merged, options, reporter, attempts - 1),
    );
  });
}

function mergeOnto(latest: Live, base: Live, mine: Snapshot, reporter: Reporter): Snapshot {
  const theirs = dataOf(latest.data);
  const before = dataOf(base.data);
  const delta = deltaBetween(before, dataOf(mine));
  const keys = conflictingKeys(before, theirs, delta);
  if (keys.length > 0)
    reporter.report("session_conflict", { keys: keys.map(cleanText) }, { handle: base.credential.handle });
  return snapshotOf(applyDelta(theirs, delta));
}
