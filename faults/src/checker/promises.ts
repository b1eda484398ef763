/**
 * The promises about one session: it ends when it is said to have ended, and not before; and what was written to it
 * stays.
 *
 * @module
 */
import type { Loss, Operation } from "../history.ts";
import { mayForget } from "./losses.ts";
import type { Acceptance, Story } from "./story.ts";
import type { Rule, Violation } from "./violation.ts";

/** What is wrong with one session. */
export interface Judgement {
  readonly violations: readonly Violation[];
  /** True if something is wrong that the store says may go wrong. */
  readonly forgotten: boolean;
}

/** Something that cannot be true beside what came before it. */
interface Contradiction {
  readonly rule: Rule;
  /** What the store would have had to forget. */
  readonly forgot: "writes" | "ends" | null;
  /** What explains it too, if its write was forgotten. */
  readonly orForgot?: Operation | undefined;
  readonly earlier: Operation;
  readonly later: Operation;
  readonly about: string;
}

/** @returns at most one violation of each rule: the rest are its echoes */
export function judge(story: Story, losses: readonly Loss[]): Judgement {
  const violations = new Map<Rule, Violation>();
  let forgotten = false;
  for (const contradiction of contradictionsIn(story)) {
    const { rule, forgot, orForgot, earlier, later } = contradiction;
    const isForgotten =
      (forgot !== null && mayForget(forgot, earlier, later, losses)) ||
      (orForgot !== undefined && mayForget("writes", orForgot, later, losses));
    if (isForgotten) forgotten = true;
    else if (!violations.has(rule)) violations.set(rule, { rule, text: inWords(story, contradiction) });
  }
  return { violations: [...violations.values()], forgotten };
}

function* contradictionsIn(story: Story): Generator<Contradiction> {
  yield* acceptedAfterItsEnd(story);
  yield* cameBack(story);
  yield* lost(story);
  yield* wrongData(story);
  yield* lostWrites(story);
}

function* acceptedAfterItsEnd({ endings, accepted, signIn }: Story): Generator<Contradiction> {
  for (const { operation: earlier, certain } of endings) {
    if (!certain) continue;
    const about = earlier.act.kind;
    // Which user a session is of may be kept, and forgotten, apart from it.
    const orForgot = about === "end-user" ? signIn : undefined;
    for (const { operation: later } of accepted) {
      if (isBefore(earlier, later))
        yield { rule: "ended session accepted", forgot: "ends", orForgot, earlier, later, about };
    }
  }
}

function* cameBack({ refused, accepted }: Story): Generator<Contradiction> {
  for (const earlier of refused) {
    for (const { operation: later } of accepted) {
      if (isBefore(earlier, later))
        yield { rule: "session came back", forgot: "ends", earlier, later, about: "" };
    }
  }
}

function* lost({ signIn, accepted, refused, endings }: Story): Generator<Contradiction> {
  for (const later of refused) {
    const possible = endings.filter(({ operation }) => operation.from < later.until);
    if (possible.some(({ operation }) => !isOutlived(operation, accepted))) continue;
    // Whatever was acknowledged last may be what was forgotten: without a renewal its cookie is a stranger's.
    const earlier = accepted.findLast(({ operation }) => isBefore(operation, later))?.operation ?? signIn;
    yield { rule: "session lost", forgot: "writes", earlier, later, about: "nobody ended it" };
  }
}

/** True if the session was seen after the end had been acknowledged: it was another's, or the session is the later one. */
function isOutlived(ending: Operation, accepted: readonly Acceptance[]): boolean {
  return ending.outcome === "ok" && accepted.some(({ operation }) => isBefore(ending, operation));
}

function* wrongData({ user, signIn, accepted, writes, inherited }: Story): Generator<Contradiction> {
  for (const { operation: later, seen } of accepted) {
    if (seen === null) continue;
    const wrong = { rule: "wrong data", forgot: null, earlier: signIn, later } as const;
    if (seen.user !== user) yield { ...wrong, about: `its user is ${seen.user}` };
    for (const mark of seen.marks) {
      const write = writes.get(mark) ?? inherited.get(mark);
      if (write === undefined || write.from >= later.until) yield { ...wrong, about: `${mark} is in it` };
    }
  }
}

function* lostWrites({ accepted, writes, inherited }: Story): Generator<Contradiction> {
  for (const [mark, write] of [...writes, ...inherited]) {
    const sights = accepted.filter(({ seen }) => seen?.marks.has(mark)).map(({ operation }) => operation);
    const own = writes.has(mark) && write.outcome === "ok";
    const proofs = own ? [write, ...sights] : sights;
    const proof = earliest(proofs);
    if (proof === undefined) continue;
    const rule = sights.length > 0 ? "write lost" : "false success";
    for (const { operation: later, seen } of accepted) {
      if (seen === null || seen.marks.has(mark) || !isBefore(proof, later)) continue;
      yield { rule, forgot: "writes", earlier: proof, later, about: mark };
    }
  }
}

const isBefore = (earlier: Operation, later: Operation): boolean => earlier.until <= later.from;

function earliest(operations: readonly Operation[]): Operation | undefined {
  return operations.reduce<Operation | undefined>(
    (first, operation) => (first === undefined || operation.until < first.until ? operation : first),
    undefined,
  );
}

function inWords({ session, user, signIn }: Story, { earlier, later, about }: Contradiction): string {
  const began = signIn.until.toFixed(1);
  return `session ${session} of ${user}, begun at ${began}: ${about}; ${said(earlier)}, then ${said(later)}`;
}

function said({ act, app, client, outcome, from, until }: Operation): string {
  return `${act.kind} by ${client} on ${app} was ${outcome} (${from.toFixed(1)} to ${until.toFixed(1)})`;
}
