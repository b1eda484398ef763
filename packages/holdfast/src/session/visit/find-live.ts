/**
 * Finding the live session of a request.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import { lockDown } from "./locked.ts";

/**
 * The session that a request's genuine ids name; `null` for none. Of several different ids only one may be alive, or
 * it is not clear which is meant: then none is taken, and none is ended (RFC 6265bis 8.6). A locked session counts where
 * none is alive.
 */
export function findLive(
  core: Core,
  credentials: readonly Credential[],
  reporter: Reporter,
): Awaitable<Live | Locked | null> {
  const first = credentials[0];
  if (first === undefined) return null;
  if (credentials.length === 1) {
    const found = core.records.look(first, core.clock.now(), reporter);
    return isPromise(found) ? found.then((it) => shut(core, it, reporter)) : shut(core, found, reporter);
  }
  let all: Awaitable<(Live | Locked)[]> = [];
  for (const credential of credentials) {
    all = chain(all, (found) =>
      chain(core.records.look(credential, core.clock.now(), reporter), (live) =>
        live === null ? found : [...found, live],
      ),
    );
  }
  return chain(all, (found) => {
    const live = found.filter((one) => !(one instanceof Locked));
    reporter.report("session_duplicate", { live: live.length });
    const candidates = live.length > 0 ? live : found;
    return candidates.length === 1 ? shut(core, candidates[0] ?? null, reporter) : null;
  });
}

function shut(core: Core, found: Live | Locked | null, reporter: Reporter): Awaitable<Live | Locked | null> {
  return found instanceof Locked ? lockDown(core, found, reporter) : found;
}
