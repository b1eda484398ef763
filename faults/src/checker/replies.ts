/**
 * The promises about every reply: it comes in time, it says clearly what happened, and once everything has been put
 * right it is a success again.
 *
 * @module
 */
import type { Absence, History, Operation } from "../history.ts";
import type { Expectations } from "./expectations.ts";
import type { Rule, Violation } from "./violation.ts";

export function judgeReplies(history: History, expected: Expectations): Violation[] {
  const violations = [...lateReplies(history, expected), ...badReplies(history, expected)];
  return [...firstOfEach(violations), ...notRecovered(history, expected)];
}

function* lateReplies({ operations, absences }: History, { deadline }: Expectations): Generator<Violation> {
  for (const operation of operations) {
    const took = operation.until - operation.from;
    if (took > deadline && !isAbsent(operation, absences))
      yield { rule: "deadline missed", text: `${said(operation)} after ${Math.round(took)} ms` };
  }
}

function* badReplies({ operations, absences }: History, { statuses }: Expectations): Generator<Violation> {
  for (const operation of operations) {
    const { status } = operation;
    if (status === undefined ? isAbsent(operation, absences) : statuses.includes(status)) continue;
    yield { rule: "bad reply", text: said(operation) };
  }
}

function notRecovered({ operations, mendedAt }: History, { apps, recovery }: Expectations): Violation[] {
  if (mendedAt === undefined) return [];
  return apps.flatMap((app): Violation[] => {
    const works = operations.some(
      ({ app: asked, act, outcome, from, until }) =>
        asked === app &&
        act.kind === "write" &&
        outcome === "ok" &&
        from >= mendedAt &&
        until <= mendedAt + recovery,
    );
    return works
      ? []
      : [{ rule: "not recovered", text: `${app} acknowledged no write within ${recovery} ms` }];
  });
}

/** True if the process that was asked was not there for all of the time. */
export function isAbsent({ app, from, until }: Operation, absences: readonly Absence[]): boolean {
  return absences.some((absence) => absence.app === app && absence.from <= until && absence.until >= from);
}

function firstOfEach(violations: readonly Violation[]): Violation[] {
  const first = new Map<Rule, Violation>();
  for (const violation of violations) if (!first.has(violation.rule)) first.set(violation.rule, violation);
  return [...first.values()];
}

function said({ act, app, client, status, code }: Operation): string {
  return `${act.kind} by ${client} on ${app}: ${status ?? "no reply"}${code === undefined ? "" : ` ${code}`}`;
}
