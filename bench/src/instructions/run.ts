/**
 * `npm run bench:instructions`: counts the instructions that sessions add to a request, and holds them against the budget.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type ScenarioName, scenarios } from "../scenarios.ts";
import { aligned, group, table, times } from "../table.ts";
import { type Budget, judge, readBudget, writeBudget } from "./budget.ts";
import { count, type Instructions } from "./count.ts";
import type { SubjectName } from "./plan.ts";

const HELP = `Usage: npm run bench:instructions -- [options]

Counts the instructions that sessions on the memory store add to a request, with valgrind. Exits with code 1 where they
are over the budget in bench/instructions.json, or so far below it that it guards nothing, three times in a row. Takes two
minutes, and more where it must count again.

Options:
  --peer      Counts express-session too
  --update    Writes what was counted as the new budget
  -h, --help  Print this text
`;

/** What is off is counted again: a slower program is off each time, what disturbs a count is not. */
const MOST_COUNTS = 3;

const { values } = parseArgs({
  options: {
    peer: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const node = Number.parseInt(process.versions.node, 10);
  const kept = readBudget();
  if (kept.node !== node && !values.update) {
    process.stderr.write(
      `The budget is for Node.js ${kept.node}, which compiles another code than ${node}.\n`,
    );
    return 2;
  }
  const subjects: SubjectName[] = values.peer
    ? ["bare", "holdfast", "express-session"]
    : ["bare", "holdfast"];
  if (values.update) {
    const counted = await count(subjects);
    const instructions = scenarios.map(({ name }) => [name, added(counted, name, "holdfast")]);
    writeBudget({ node, instructions: Object.fromEntries(instructions) });
    show(counted, readBudget());
    return 0;
  }
  let off: readonly ScenarioName[] = [];
  for (let times = 0; times < MOST_COUNTS; times++) {
    const counted = await count(subjects);
    show(counted, kept);
    const now = scenarios.map(({ name }) => name).filter((name) => verdict(counted, kept, name) !== "within");
    off = times === 0 ? now : off.filter((name) => now.includes(name));
    if (off.length === 0) return 0;
    process.stderr.write(`\nNot within the budget: ${off.join(", ")}.\n\n`);
  }
  process.stderr.write("Where that is meant, write a new one:\nnpm run bench:instructions -- --update\n");
  return 1;
}

function show(counts: Counts, budget: Budget): void {
  process.stdout.write(
    `Instructions per request, on Node.js ${process.version}\n\n${report(counts, budget)}\n`,
  );
}

type Counts = ReadonlyMap<ScenarioName, Instructions>;

function added(counts: Counts, scenario: ScenarioName, subject: SubjectName): number {
  const { [subject]: whole = Number.NaN, bare = Number.NaN } = counts.get(scenario) ?? {};
  return Math.round(whole - bare);
}

function verdict(counts: Counts, { instructions }: Budget, name: ScenarioName): string {
  return judge(added(counts, name, "holdfast"), instructions[name]);
}

function report(counts: Counts, budget: Budget): string {
  const head = ["", "budget", "bare handler", "Holdfast adds", "budgeted"];
  const rows = scenarios.map(({ name, title }) => [
    title,
    verdict(counts, budget, name),
    group(counts.get(name)?.bare ?? Number.NaN),
    group(added(counts, name, "holdfast")),
    group(budget.instructions[name] ?? Number.NaN),
    ...(values.peer ? beside(counts, name) : []),
  ]);
  const peer = values.peer ? ["express-session adds", "ratio"] : [];
  return aligned(table([...head, ...peer], rows, 2));
}

function beside(counts: Counts, name: ScenarioName): string[] {
  const theirs = added(counts, name, "express-session");
  return [group(theirs), times(theirs / added(counts, name, "holdfast"))];
}
