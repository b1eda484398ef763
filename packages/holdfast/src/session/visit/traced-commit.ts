/**
 * A commit, told on `holdfast:commit`.
 *
 * @module
 */
import type { Awaitable } from "../../awaitable.ts";
import type { Live } from "../record/live.ts";
import type { Snapshot } from "../record/snapshot.ts";
import { type CommitMessage, type CommitOutcome, commitChannel, traced } from "../tracing.ts";
import type { VisitState } from "./state.ts";

/** Writes what the app has made of the session that was `before`. */
type Write<Before, T> = (state: VisitState, before: Before, data: Snapshot) => Awaitable<T>;

/** `write`, between a start and an end. */
export function tracedCommit(
  write: Write<Live | null, void>,
  state: VisitState,
  before: Live | null,
  data: Snapshot,
): Awaitable<void> {
  return traced(
    commitChannel,
    messageOf(state),
    () => write(state, before, data),
    () => outcomeOf(state, before, data),
  );
}

/** One attempt of `update`: false if another request was faster. */
export function tracedAttempt(
  write: Write<Live, boolean>,
  state: VisitState,
  before: Live,
  data: Snapshot,
): Awaitable<boolean> {
  return traced(
    commitChannel,
    messageOf(state),
    () => write(state, before, data),
    (done): CommitOutcome => (done ? "saved" : "overtaken"),
  );
}

function messageOf({ core }: VisitState): CommitMessage {
  return { source: core.source, outcome: undefined };
}

function outcomeOf(state: VisitState, before: Live | null, data: Snapshot): CommitOutcome {
  const { live, dropped, facts } = state;
  if (dropped || !facts.storable) return "dropped";
  if (before === null) return "created";
  if (live === null || live.header.user !== before.header.user) return "user_changed";
  return live.data === data ? "saved" : "merged";
}
