/**
 * `npm run bench`: Holdfast beside its peers, measured in one run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ARENAS } from "./contenders/arenas.ts";
import { HERE, sentenceOf } from "./environment.ts";
import { keep, writePage } from "./page/page.ts";
import { type Choice, PART_NAMES, PARTS, type PartName } from "./parts.ts";
import { Progress } from "./progress.ts";
import { SCENARIO_NAMES } from "./scenarios.ts";
import { aligned } from "./table.ts";

const HELP = `Usage: npm run bench -- [options]

Prints tables. A whole part, neither quick nor narrowed down, is also kept in bench/results and put into
docs/performance.md. Redis and PostgreSQL are started for it, on this machine.

Options:
  --quick            A few of the figures in under a minute, with a wider spread
  --part <name>      Only this part: ${PART_NAMES.join(", ")}
  --arena <name>     Only these stores: ${ARENAS.join(", ")}
  --scenario <name>  Only this kind of request: ${SCENARIO_NAMES.join(", ")}
  --node <version>   On this version of Node, from npm
  --check            Exit with code 1 if a bar is missed
  --page             Only write docs/performance.md from what is kept
  -h, --help         Print this text
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    part: { type: "string" },
    arena: { type: "string" },
    scenario: { type: "string" },
    node: { type: "string" },
    check: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else if (values.page) await writePage();
else process.exitCode = await main();

async function main(): Promise<number> {
  const { quick, part, arena, scenario, node } = values;
  const isKnown = isOneOf(part, PART_NAMES) && isOneOf(arena, ARENAS) && isOneOf(scenario, SCENARIO_NAMES);
  if (!isKnown) {
    process.stderr.write(`There is no such part, arena or scenario.\n\n${HELP}`);
    return 2;
  }
  // In under a minute there is time for one thing.
  const chosen = PART_NAMES.filter((name) =>
    part === undefined ? !quick || name === "cost" : name === part,
  );
  const isWhole = !quick && arena === undefined && scenario === undefined && node === undefined;
  const missed: string[] = [];
  process.stdout.write(`${sentenceOf(HERE)}\n`);
  for (const name of chosen) missed.push(...(await runPart(name, { quick, arena, scenario, node }, isWhole)));
  if (isWhole) await writePage();
  if (missed.length > 0) process.stdout.write(`\nMissed: ${missed.join("; ")}\n`);
  return values.check && missed.length > 0 ? 1 : 0;
}

/** Measures a part and prints its tables; returns what has missed its bar. */
async function runPart(name: PartName, choice: Choice, isWhole: boolean): Promise<readonly string[]> {
  const progress = new Progress();
  const { rows, sections, missed } = await PARTS[name].run(choice, progress);
  progress.clear();
  for (const [title, text] of Object.entries(sections)) {
    process.stdout.write(`\n${title}\n${aligned(text)}\n`);
  }
  if (isWhole) keep(name, rows);
  return missed;
}

function isOneOf(value: string | undefined, names: readonly string[]): boolean {
  return value === undefined || names.includes(value);
}
