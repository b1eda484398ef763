/**
 * `npm run bench:telemetry`: what tracing channels cost, with and without somebody who listens, measured in one run.
 *
 * @module
 */
import { fork } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { STORES, type StoreName } from "../contenders/contender.ts";
import { scenarios } from "../scenarios.ts";
import { spreadOf } from "../statistics.ts";
import { LISTENERS } from "./listeners.ts";
import type { Costs, Plan } from "./trial.ts";

const SCENARIOS = ["untouched", "read", "write"];
const REQUESTS: Readonly<Record<StoreName, number>> = { memory: 1000, sqlite: 300 };

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const processes = values.quick ? 1 : 4;
const rounds = values.quick ? 12 : 40;

process.stdout.write(
  [
    `CPU time of a request in microseconds. Node ${process.version}, ${cpus()[0]?.model ?? "?"} x${cpus().length}`,
    `First line: the whole request while nobody listens. Then what is added to it, each round compared with itself:`,
    `the median of ${processes * rounds} rounds in ${processes} processes, and in brackets the quartiles.`,
    "",
  ].join("\n"),
);
for (const store of STORES) {
  for (const { name, title } of scenarios.filter((it) => SCENARIOS.includes(it.name))) {
    const plan: Plan = { scenario: name, store, requests: REQUESTS[store], warmUp: 12, rounds };
    const measured: Costs[] = [];
    for (let i = 0; i < processes; i++) measured.push(...(await inChild(plan)));
    process.stdout.write(`\n${title}, ${store} store\n${lines(measured).join("\n")}\n`);
  }
}

function lines(measured: readonly Costs[]): string[] {
  return LISTENERS.map(({ title }, index) => {
    const { low, median, high } = spreadOf(
      measured.map((costs) => (costs[index] ?? 0) - (index === 0 ? 0 : (costs[0] ?? 0))),
    );
    const sign = index === 0 || median < 0 ? "" : "+";
    const cell = `${sign}${median.toFixed(2)}`.padStart(8);
    return `  ${title.padEnd(32)}${cell}  (${low.toFixed(2)} to ${high.toFixed(2)})`;
  });
}

function inChild(plan: Plan): Promise<readonly Costs[]> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL("./trial.ts", import.meta.url), [JSON.stringify(plan)], {
      execArgv: [...process.execArgv, "--expose-gc"],
    });
    let costs: readonly Costs[] | undefined;
    child.on("message", (message: readonly Costs[]) => {
      costs = message;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (costs !== undefined && code === 0) resolve(costs);
      else reject(new Error(`${plan.store}, ${plan.scenario}: the trial ended with code ${code}`));
    });
  });
}
