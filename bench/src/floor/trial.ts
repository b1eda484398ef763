/**
 * One kind of request in one kind of store, in a process of its own: the steps of the floor, Holdfast and its first peer in
 * turn.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArenaName, enter } from "../contenders/arenas.ts";
import type { Place } from "../contenders/contender.ts";
import { IN_FLIGHT } from "../drive.ts";
import { type Round, roundsOf } from "../rounds.ts";
import { bareRunner, libraryRunner } from "../runners.ts";
import { type ScenarioName, scenarioOf } from "../scenarios.ts";
import { SECRET } from "../trial.ts";
import { openFloor } from "./open-floor.ts";
import { floorRunners } from "./runners.ts";

export interface FloorPlan {
  readonly arena: ArenaName;
  readonly scenario: ScenarioName;
  readonly rounds: number;
  readonly warmUp: number;
  /** To each in a round; also the number of live sessions. */
  readonly requests: number;
  readonly servers: Pick<Place, "redis" | "postgres">;
}

export interface FloorTrial {
  readonly steps: readonly string[];
  readonly peer: string;
  /** Of the bare handler, of the first step, of the first two and so on, of Holdfast, of the peer. */
  readonly rounds: readonly Round[];
}

export async function runFloorTrial(plan: FloorPlan, progress: () => void): Promise<FloorTrial> {
  const scenario = scenarioOf(plan.scenario);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const place: Place = { secret: SECRET, folder, ...plan.servers };
  const libraries = await enter(plan.arena, place);
  const floor = await openFloor(plan.arena, place);
  try {
    const [peer, ours] = [libraries[0], libraries.at(-1)];
    if (peer === undefined || ours === undefined) throw new Error(`nobody is in ${plan.arena}`);
    const { names, runners } = await floorRunners(floor, scenario, plan.requests);
    const all = [
      bareRunner(scenario, plan),
      ...runners,
      await libraryRunner(ours, scenario, plan),
      await libraryRunner(peer, scenario, plan),
    ];
    const rounds = await roundsOf(all, { ...plan, inFlight: IN_FLIGHT }, progress);
    for (const runner of all) await runner.check();
    return { steps: names, peer: peer.name, rounds };
  } finally {
    for (const library of libraries) await library.close();
    await floor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
