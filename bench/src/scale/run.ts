/**
 * `npm run bench:scale`: what sessions take in each store, and how the cost of an operation grows with their number.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Progress } from "../progress.ts";
import { countCommands } from "./commands.ts";
import { sections } from "./report.ts";
import { renderPage, save } from "./results.ts";
import { STORES } from "./subjects/subject.ts";
import { runTrial } from "./trial.ts";

const HELP = `Usage: npm run bench:scale -- [options]

Redis and PostgreSQL are started for it, on this machine.

Options:
  --store <name>      Only this store: ${STORES.join(", ")}
  --sessions <list>   How many, smallest first. Default: 10000,100000,1000000
  --processes <list>  How many processes use a store at once. Default: 1,2,4
  --rounds <number>   Default: 10
  --commands          Only count commands per request
  --write             Keep the results in bench/results/scale, and put the tables into docs/scaling.md
  --page              Only put the tables of kept results into docs/scaling.md
  -h, --help          Print this text
`;

const { values } = parseArgs({
  options: {
    store: { type: "string" },
    sessions: { type: "string", default: "10000,100000,1000000" },
    processes: { type: "string", default: "1,2,4" },
    rounds: { type: "string", default: "10" },
    commands: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else if (values.page) renderPage();
else process.exitCode = await main();

async function main(): Promise<number> {
  const stores = STORES.filter((name) => values.store === undefined || values.store === name);
  const sizes = numbers(values.sessions);
  const processes = numbers(values.processes);
  const [rounds = 0] = numbers(values.rounds);
  if (stores.length === 0 || sizes.length === 0 || rounds === 0) {
    process.stderr.write(HELP);
    return 2;
  }
  if (values.commands || values.store === undefined) {
    const commands = await countCommands();
    process.stdout.write(`${sections([], commands).commands}\n\n`);
    if (values.write) save("commands", commands);
  }
  for (const store of values.commands ? [] : stores) {
    const shared = store === "memory" ? [] : processes;
    const progress = new Progress(rounds + 2 + (shared.length > 0 ? rounds : 0));
    const result = await runTrial({ store, sizes, rounds, processes: shared }, progress);
    progress.clear();
    const tables = sections([result], []);
    process.stdout.write(`${store}, ${rounds} rounds; in brackets the quartiles\n\n`);
    for (const name of ["bytes", `growth-${store}`, "weights", "lists", "processes", "shares"]) {
      if (tables[name] !== "") process.stdout.write(`${tables[name]}\n\n`);
    }
    if (values.write) save(store, result);
  }
  if (values.write) renderPage();
  return 0;
}

function numbers(list: string): number[] {
  return list
    .split(",")
    .map(Number)
    .filter((value) => Number.isInteger(value) && value > 0);
}
