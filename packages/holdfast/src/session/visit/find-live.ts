/**
 * Finding the session of a request.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import { loadChannel } from "../tracing.ts";
import { lockDown } from "./locked.ts";
import { tracedLoad } from "./traced-load.ts";

/**
 * The session that a request's genuine ids name; `null` for none. Of several sessions only one may be alive, or it is not
 * clear which is meant: then none is taken, and none is ended (RFC 6265bis 8.6). A locked session counts where none is
 * alive.
 *
 * @param presentedAt - when the request came
 */
export function findLive(
  core: Core,
  credentials: readonly Credential[],
  presentedAt: number,
  reporter: Reporter,
  now: number = core.clock.now(),
): Awaitable<Live | Locked | null> {
  if (credentials.length === 0) return null;
  return loadChannel.hasSubscribers
    ? tracedLoad(find, core, credentials, presentedAt, reporter, now)
    : find(core, credentials, presentedAt, reporter, now);
}

function find(
  core: Core,
  credentials: readonly Credential[],
  presentedAt: number,
  reporter: Reporter,
  now: number,
): Awaitable<Live | Locked | null> {
  const { records, clock } = core;
  const first = credentials[0];
  if (first === undefined) return null;
  if (credentials.length === 1) {
    const found = records.look(first, presentedAt, now, reporter);
    return isPromise(found)
      ? found.then((it) => shut(core, it, presentedAt, reporter))
      : shut(core, found, presentedAt, reporter);
  }
  const sessions = byHandle(credentials);
  let all: Awaitable<(Live | Locked)[]> = [];
  for (const ids of sessions) {
    all = chain(all, (found) =>
      chain(records.lookForAny(ids, presentedAt, clock.now(), reporter), (one) =>
        one === null ? found : [...found, one],
      ),
    );
  }
  return chain(all, (found) => {
    const live = found.filter((one) => !(one instanceof Locked));
    if (sessions.length > 1) reporter.report("session_duplicate", { live: live.length });
    const candidates = live.length > 0 ? live : found;
    return candidates.length === 1 ? shut(core, candidates[0] ?? null, presentedAt, reporter) : null;
  });
}

function shut(
  core: Core,
  found: Live | Locked | null,
  presentedAt: number,
  reporter: Reporter,
): Awaitable<Live | Locked | null> {
  return found instanceof Locked ? lockDown(core, found, presentedAt, reporter) : found;
}

function byHandle(credentials: readonly Credential[]): [Credential, ...Credential[]][] {
  const sessions = new Map<string, [Credential, ...Credential[]]>();
  for (const credential of credentials) {
    const ids = sessions.get(credential.handle);
    if (ids === undefined) sessions.set(credential.handle, [credential]);
    else ids.push(credential);
  }
  return [...sessions.values()];
}
