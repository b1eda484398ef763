/**
 * `npm run bench`: Holdfast beside express-session, measured in one run.
 *
 * @module
 */
import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import type { News, Task } from "./child.ts";
import { STORES, type StoreName } from "./contenders/contender.ts";
import { Progress } from "./progress.ts";
import { heading, meetsBar, type Row, table } from "./report.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { summarise } from "./statistics.ts";
import type { Round } from "./trial.ts";

const HELP = `Usage: npm run bench -- [options]

Options:
  --quick            Under a minute, with a wider spread
  --store <name>     Only this store: ${STORES.join(", ")}
  --scenario <name>  Only this scenario: ${scenarios.map(({ name }) => name).join(", ")}
  --check            Exit with code 1 if a bar is missed
  -h, --help         Print this text
`;

interface Extent {
  /** Fresh processes for each scenario and store. */
  readonly processes: number;
  readonly rounds: number;
  /** Rounds that are not counted, while the code is being compiled. */
  readonly warmUp: number;
  /** Requests to each in a round, and live sessions. */
  readonly requests: Readonly<Record<StoreName, number>>;
}

const FULL: Extent = { processes: 3, rounds: 20, warmUp: 12, requests: { memory: 1000, sqlite: 300 } };
const QUICK: Extent = { processes: 1, rounds: 10, warmUp: 10, requests: { memory: 500, sqlite: 120 } };

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    store: { type: "string" },
    scenario: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const stores = STORES.filter((name) => values.store === undefined || values.store === name);
  const chosen = scenarios.filter(({ name }) => values.scenario === undefined || values.scenario === name);
  if (stores.length === 0 || chosen.length === 0) {
    process.stderr.write(`There is no such store or scenario.\n\n${HELP}`);
    return 2;
  }
  const extent = values.quick ? QUICK : FULL;
  const rows = await measure(stores, chosen, extent);
  const tables = stores.map((store) =>
    table(
      store,
      extent.requests[store],
      rows.filter((row) => row.store === store),
    ),
  );
  process.stdout.write(`${[heading(), ...tables].join("\n\n")}\n`);
  const missed = rows.filter((row) => !meetsBar(row));
  if (missed.length > 0) {
    process.stdout.write(
      `\nMissed: ${missed.map(({ store, scenario }) => `${scenario.name} on ${store}`).join(", ")}\n`,
    );
  }
  return values.check && missed.length > 0 ? 1 : 0;
}

async function measure(
  stores: readonly StoreName[],
  chosen: readonly Scenario[],
  extent: Extent,
): Promise<Row[]> {
  const { processes, rounds, warmUp, requests } = extent;
  const progress = new Progress(stores.length * chosen.length * processes * rounds);
  const byTrial = new Map<string, Round[]>();
  // All scenarios once, then again: a bad minute of the machine does not fall on one of them alone.
  for (let i = 0; i < processes; i++) {
    for (const store of stores) {
      for (const { name, title } of chosen) {
        progress.label(`${store}, ${title}`);
        const plan = { store, rounds, warmUp, requests: requests[store] };
        const key = `${store} ${name}`;
        const measured = await inChild({ scenario: name, plan }, () => progress.step());
        byTrial.set(key, [...(byTrial.get(key) ?? []), ...measured]);
      }
    }
  }
  progress.clear();
  return stores.flatMap((store) =>
    chosen.map((scenario) => {
      const measured = byTrial.get(`${store} ${scenario.name}`) ?? [];
      return { store, scenario, summary: summarise(measured), rounds: measured.length, processes };
    }),
  );
}

function inChild(task: Task, onRound: () => void): Promise<readonly Round[]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL("./child.ts", import.meta.url), [JSON.stringify(task)], {
      execArgv: [...process.execArgv, "--expose-gc"],
    });
    let rounds: readonly Round[] | undefined;
    child.on("message", (news: News) => {
      if (news.type === "round") onRound();
      else rounds = news.rounds;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (rounds !== undefined && code === 0) resolve(rounds);
      else reject(new Error(`${task.plan.store}, ${task.scenario}: the trial ended with code ${code}`));
    });
  });
}
