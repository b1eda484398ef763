/**
 * Finding the live session of a request.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { loadChannel } from "../tracing.ts";
import { tracedLoad } from "./traced-load.ts";

/**
 * The session that a request's genuine ids name; `null` for none. Of several different ids only one may be alive, or
 * it is not clear which is meant: then none is taken, and none is ended (RFC 6265bis 8.6).
 *
 * @param presentedAt - when the request came
 */
export function findLive(
  core: Core,
  credentials: readonly Credential[],
  presentedAt: number,
  reporter: Reporter,
): Awaitable<Live | null> {
  if (credentials.length === 0) return null;
  return loadChannel.hasSubscribers
    ? tracedLoad(find, core, credentials, presentedAt, reporter)
    : find(core, credentials, presentedAt, reporter);
}

function find(
  core: Core,
  credentials: readonly Credential[],
  presentedAt: number,
  reporter: Reporter,
): Awaitable<Live | null> {
  const first = credentials[0];
  if (first === undefined) return null;
  if (credentials.length === 1) return core.records.find(first, presentedAt, core.clock.now(), reporter);
  let all: Awaitable<Live[]> = [];
  for (const credential of credentials) {
    all = chain(all, (found) =>
      chain(core.records.find(credential, presentedAt, core.clock.now(), reporter), (live) =>
        live === null ? found : [...found, live],
      ),
    );
  }
  return chain(all, (found) => {
    reporter.report("session_duplicate", { live: found.length });
    return found.length === 1 ? (found[0] ?? null) : null;
  });
}
