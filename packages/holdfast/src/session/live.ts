/**
 * Finding the live session of a request.
 *
 * @module
 */
import { type Awaitable, chain } from "../awaitable.ts";
import type { StoredRecord } from "../store/contract.ts";
import type { Core } from "./core.ts";
import type { Credential } from "./credentials.ts";
import type { RecordHeader } from "./record-header.ts";
import type { Reporter } from "./records.ts";

/** A session as last read from, or written to, the store: proven, opened, within its limits. */
export interface Live {
  readonly credential: Credential;
  readonly record: StoredRecord<unknown>;
  readonly header: RecordHeader;
  /** The data as the store has it. */
  readonly json: string;
}

/** True if the cookie is to outlive the browser's window. */
export function isPersistent({ header }: Live): boolean {
  return header.remembered || header.cookieLife > 0;
}

/**
 * The session that a request's genuine ids name; `null` for none. Of several different ids only one may be alive, or
 * it is not clear which is meant: then none is taken, and none is ended (RFC 6265bis 8.6).
 */
export function findLive(
  core: Core,
  credentials: readonly Credential[],
  reporter: Reporter,
): Awaitable<Live | null> {
  const first = credentials[0];
  if (first === undefined) return null;
  if (credentials.length === 1) return core.records.find(first, core.clock.now(), reporter);
  let all: Awaitable<Live[]> = [];
  for (const credential of credentials) {
    all = chain(all, (found) =>
      chain(core.records.find(credential, core.clock.now(), reporter), (live) =>
        live === null ? found : [...found, live],
      ),
    );
  }
  return chain(all, (found) => {
    reporter.report("session_duplicate", { live: found.length });
    return found.length === 1 ? (found[0] ?? null) : null;
  });
}
