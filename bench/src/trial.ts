/**
 * One scenario in one arena, in a process of its own: check that everybody does the work, warm up, measure in rounds,
 * check again.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CarrierName } from "./carriers.ts";
import { type ArenaName, enter } from "./contenders/arenas.ts";
import type { Place } from "./contenders/contender.ts";
import { type Round, roundsOf } from "./rounds.ts";
import { bareRunner, libraryRunner } from "./runners.ts";
import { renewalIn, type ScenarioName, scenarioOf } from "./scenarios.ts";

export interface TrialPlan {
  readonly arena: ArenaName;
  readonly scenario: ScenarioName;
  readonly carrier: CarrierName;
  /** Size of a session's data. */
  readonly bytes: number;
  readonly inFlight: number;
  readonly rounds: number;
  /** Requests to each in a round; also the number of live sessions, each of which is used once a round. */
  readonly requests: number;
  /** Rounds that are not counted, while the code is being compiled. */
  readonly warmUp: number;
  readonly servers: Pick<Place, "redis" | "postgres">;
}

export interface TrialResult {
  /** Of the contenders. */
  readonly names: readonly string[];
  /** Of the bare handler, then of each contender. */
  readonly rounds: readonly Round[];
}

export const SECRET = "k3J9-vTq8_Zx1Lw0RbYc7UeHs5MdFa2GpN4iO6tXyQB";

export async function runTrial(plan: TrialPlan, progress: () => void): Promise<TrialResult> {
  const scenario = scenarioOf(plan.scenario);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const place = { secret: SECRET, folder, ...plan.servers, renew: renewalIn(scenario) };
  const libraries = await enter(plan.arena, place);
  try {
    const runners = [bareRunner(scenario, plan)];
    for (const library of libraries) runners.push(await libraryRunner(library, scenario, plan));
    const rounds = await roundsOf(runners, plan, progress);
    for (const runner of runners) await runner.check();
    return { names: libraries.map(({ name }) => name), rounds };
  } finally {
    for (const library of libraries) await library.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
