/**
 * `npm run hostile -w bench`: what a defended app spends on requests that no browser sends, measured in one run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { inChild } from "../in-child.ts";
import { Progress } from "../progress.ts";
import { digits } from "../table.ts";
import { GROUPS } from "./classes/index.ts";
import type { HostileClass } from "./hostile-class.ts";
import { writePage } from "./page.ts";
import { honestRatio, outOfLine, type Row, tableOf } from "./report.ts";
import type { Outcome, Plan } from "./trial.ts";

const HELP = `Usage: npm run hostile -w bench -- [options]

Options:
  --quick         One process and few rounds for each group, with a wider spread
  --class <text>  Only classes with this text in their title
  --write         Put the tables into docs/reference/hostile-input.md
  --check         Exit with code 1 if one is out of line
  -h, --help      Print this text
`;

const CHILD = new URL("./child.ts", import.meta.url);

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    class: { type: "string", default: "" },
    write: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const extent = values.quick
    ? { processes: 1, warmUp: 4, rounds: 8 }
    : { processes: 2, warmUp: 5, rounds: 12 };
  const rows = await measure(extent);
  if (rows.length === 0) {
    process.stderr.write(`There is no such class.\n\n${HELP}`);
    return 2;
  }
  for (const group of GROUPS) {
    const own = rows.filter((row) => row.group === group);
    if (own.length > 0) process.stdout.write(`${group.title}\n\n${tableOf(own)}\n\n`);
  }
  const strays = outOfLine(rows);
  for (const row of strays)
    process.stdout.write(
      `Out of line: ${row.hostile.title}, ${digits(honestRatio(row).median)} of an honest request\n`,
    );
  if (values.write && values.class === "") writePage(rows, extent.processes);
  return values.check && strays.length > 0 ? 1 : 0;
}

interface Extent {
  /** Fresh processes for each group. */
  readonly processes: number;
  /** Rounds that are not counted, while the code is being compiled. */
  readonly warmUp: number;
  readonly rounds: number;
}

async function measure({ processes, warmUp, rounds }: Extent): Promise<Row[]> {
  const plans = GROUPS.map(({ classes }, group): Plan => {
    const chosen = classes.flatMap(({ title }, index) => (title.includes(values.class) ? [index] : []));
    return { group, classes: chosen, warmUp, rounds };
  }).filter(({ classes }) => classes.length > 0);
  const count = plans.reduce((sum, { classes }) => sum + classes.length, 0);
  const progress = new Progress(count * processes * rounds);
  const rows = new Map<HostileClass, Row>();
  // All groups once, then again: a bad minute of the machine does not fall on one of them alone.
  for (let i = 0; i < processes; i++) {
    for (const plan of plans) {
      const group = GROUPS[plan.group];
      if (group === undefined) continue;
      progress.label(group.title);
      const outcomes = await inChild<readonly Outcome[]>(CHILD, plan, { onStep: () => progress.step() });
      for (const [at, outcome] of outcomes.entries()) {
        const hostile = group.classes[plan.classes[at] ?? -1];
        if (hostile === undefined) continue;
        const before = rows.get(hostile)?.outcome.rounds ?? [];
        rows.set(hostile, {
          group,
          hostile,
          outcome: { ...outcome, rounds: [...before, ...outcome.rounds] },
        });
      }
    }
  }
  progress.clear();
  return GROUPS.flatMap(({ classes }) => classes.map((hostile) => rows.get(hostile))).filter(
    (row) => row !== undefined,
  );
}
