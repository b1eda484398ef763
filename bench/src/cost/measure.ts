/**
 * What sessions cost a request, in process: everybody in an arena gets the same requests in turn.
 *
 * @module
 */
import { inChild } from "../in-child.ts";
import type { Progress } from "../progress.ts";
import { scenarioOf } from "../scenarios.ts";
import { startServers } from "../servers.ts";
import type { TrialResult } from "../trial.ts";
import type { Entry } from "./matrix.ts";
import { type CostRow, rowOf } from "./result.ts";

const CHILD = new URL("./child.ts", import.meta.url);

/** @param node - the version of Node that everybody runs on; default: this one */
export async function measureCost(
  entries: readonly Entry[],
  progress: Progress,
  node?: string,
): Promise<CostRow[]> {
  const servers = await startServers([...new Set(entries.map(({ arena }) => arena))]);
  const wanted = entries.filter(({ arena }) => !servers.missing.has(arena));
  const results = wanted.map((): TrialResult[] => []);
  const most = Math.max(0, ...wanted.map(({ processes }) => processes));
  progress.expect(wanted.reduce((sum, { processes, rounds }) => sum + processes * rounds, 0));
  try {
    // All entries once, then again: a bad minute of the machine does not fall on one of them alone.
    for (let i = 0; i < most; i++) {
      for (const [index, entry] of wanted.entries()) {
        if (i >= entry.processes) continue;
        progress.label(`${entry.arena}, ${scenarioOf(entry.scenario).title}`);
        const plan = { ...entry, servers: await servers.clean(entry.arena) };
        const onStep = (): void => progress.step();
        results[index]?.push(await inChild<TrialResult>(CHILD, plan, { onStep, node }));
      }
    }
  } finally {
    await servers.stop();
  }
  return wanted.map((entry, index) => rowOf({ ...entry, servers: {} }, results[index] ?? []));
}
