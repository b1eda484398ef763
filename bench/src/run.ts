/**
 * `npm run bench`: Holdfast beside its peers, measured in one run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ARENAS } from "./contenders/arenas.ts";
import { entriesOf, FULL, fewEntriesOf, QUICK } from "./cost/matrix.ts";
import { measureCost } from "./cost/measure.ts";
import { costSections, missedBars } from "./cost/report.ts";
import { HERE, sentenceOf } from "./environment.ts";
import { Progress } from "./progress.ts";
import { SCENARIO_NAMES } from "./scenarios.ts";
import { aligned } from "./table.ts";

const HELP = `Usage: npm run bench -- [options]

Options:
  --quick            Under a minute, with a wider spread
  --arena <name>     Only these stores: ${ARENAS.join(", ")}
  --scenario <name>  Only this scenario: ${SCENARIO_NAMES.join(", ")}
  --check            Exit with code 1 if a bar is missed
  -h, --help         Print this text
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    arena: { type: "string" },
    scenario: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const entries = (values.quick ? fewEntriesOf(QUICK) : entriesOf(FULL)).filter(
    ({ arena, scenario }) =>
      (values.arena === undefined || values.arena === arena) &&
      (values.scenario === undefined || values.scenario === scenario),
  );
  if (entries.length === 0) {
    process.stderr.write(`There is no such arena or scenario.\n\n${HELP}`);
    return 2;
  }
  const progress = new Progress();
  const rows = await measureCost(entries, progress);
  progress.clear();
  process.stdout.write(`${sentenceOf(HERE)}\n`);
  for (const [name, text] of Object.entries(costSections(rows))) {
    process.stdout.write(`\n${name}\n${aligned(text)}\n`);
  }
  const missed = missedBars(rows);
  if (missed.length > 0) process.stdout.write(`\nMissed: ${missed.join("; ")}\n`);
  return values.check && missed.length > 0 ? 1 : 0;
}
