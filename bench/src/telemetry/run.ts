/**
 * `npm run bench:telemetry`: what tracing channels cost, with and without somebody who listens, measured in one run.
 *
 * @module
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { inChild } from "../in-child.ts";
import { scenarios } from "../scenarios.ts";
import { spreadOf } from "../statistics.ts";
import { LISTENERS } from "./listeners.ts";
import type { Costs, Plan } from "./trial.ts";

const STORES = ["memory", "sqlite"] as const;

const CHILD = new URL("./child.ts", import.meta.url);
const SCENARIOS = ["untouched", "read", "write"];
const REQUESTS: Readonly<Record<(typeof STORES)[number], number>> = { memory: 1000, sqlite: 300 };

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
    for (let i = 0; i < processes; i++) measured.push(...(await inChild<readonly Costs[]>(CHILD, plan)));
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
