/**
 * A load, told on `holdfast:load`. Its outcome is what was reported on the way.
 *
 * @module
 */
import type { Awaitable } from "../../awaitable.ts";
import type { Core } from "../core.ts";
import type { Reporter, SessionEventName, SessionEvents, Subject } from "../events.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import { type LoadMessage, type LoadOutcome, loadChannel, traced } from "../tracing.ts";

/** Finds the session of a request's ids. */
type Find = (
  core: Core,
  credentials: readonly Credential[],
  presentedAt: number,
  reporter: Reporter,
  now: number,
) => Awaitable<Live | Locked | null>;

/** `find`, between a start and an end. */
export function tracedLoad(
  find: Find,
  core: Core,
  credentials: readonly Credential[],
  presentedAt: number,
  reporter: Reporter,
  now: number,
): Awaitable<Live | Locked | null> {
  const message: LoadMessage = { source: core.source, outcome: undefined };
  const noting = new NotingReporter(reporter);
  return traced(
    loadChannel,
    message,
    () => find(core, credentials, presentedAt, noting, now),
    (found): LoadOutcome => (found === null ? noting.outcome : found instanceof Locked ? "locked" : "hit"),
  );
}

const OUTCOMES: Partial<Record<SessionEventName, LoadOutcome>> = {
  session_replayed: "replayed",
  session_unreadable: "unreadable",
  // The last word where several ids came.
  session_duplicate: "duplicate",
};

class NotingReporter implements Reporter {
  outcome: LoadOutcome = "miss";
  readonly #reporter: Reporter;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  report<Name extends SessionEventName>(type: Name, fields: SessionEvents[Name], about?: Subject): void {
    this.outcome = OUTCOMES[type] ?? this.outcome;
    this.#reporter.report(type, fields, about);
  }
}
