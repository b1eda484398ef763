/**
 * Judges a {@link History}: can all that the clients were told be true of a store that keeps its word?
 *
 * Only the order that a client could see counts: of two operations one came before the other if its reply was there
 * before the other was sent. What overlaps may have happened in either order, and what has no known outcome may have
 * happened or not.
 *
 * @module
 */
import type { Expectations } from "./checker/expectations.ts";
import { judge } from "./checker/promises.ts";
import { judgeReplies } from "./checker/replies.ts";
import { storiesOf } from "./checker/story.ts";
import type { Violation } from "./checker/violation.ts";
import type { History } from "./history.ts";

export type { Expectations } from "./checker/expectations.ts";
export { isAbsent } from "./checker/replies.ts";
export type { Rule, Violation } from "./checker/violation.ts";

export interface Verdict {
  readonly violations: readonly Violation[];
  /** How many sessions there were. */
  readonly sessions: number;
  /** How many of them lost something, or came back, where the store says that it may forget. */
  readonly forgotten: number;
}

export function check(history: History, expected: Expectations): Verdict {
  const judgements = storiesOf(history.operations).map((story) => judge(story, history.losses));
  return {
    violations: [...judgeReplies(history, expected), ...judgements.flatMap(({ violations }) => violations)],
    sessions: judgements.length,
    forgotten: judgements.filter(({ forgotten }) => forgotten).length,
  };
}
