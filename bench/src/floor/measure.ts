/**
 * What cannot be done without, for each kind of request that has a bar.
 *
 * @module
 */
import { ARENAS, type ArenaName } from "../contenders/arenas.ts";
import { barOf } from "../cost/bars.ts";
import { REQUESTS, USUAL } from "../cost/matrix.ts";
import { inChild } from "../in-child.ts";
import type { Progress } from "../progress.ts";
import { SCENARIO_NAMES, type ScenarioName, scenarioOf } from "../scenarios.ts";
import { startServers } from "../servers.ts";
import { type FloorRow, floorRowOf } from "./result.ts";
import type { FloorTrial } from "./trial.ts";

const CHILD = new URL("./child.ts", import.meta.url);

const ROUNDS = 24;
const WARM_UP = 12;

export interface FloorEntry {
  readonly arena: ArenaName;
  readonly scenario: ScenarioName;
}

/** All that have a bar. */
export const FLOOR_ENTRIES: readonly FloorEntry[] = ARENAS.flatMap((arena) =>
  SCENARIO_NAMES.map((scenario) => ({ arena, scenario })),
).filter((it) => barOf({ ...USUAL, ...it }) !== undefined);

/** @param node - the version of Node that everybody runs on; default: this one */
export async function measureFloor(
  entries: readonly FloorEntry[],
  progress: Progress,
  node?: string,
): Promise<FloorRow[]> {
  const servers = await startServers([...new Set(entries.map(({ arena }) => arena))]);
  const wanted = entries.filter(({ arena }) => !servers.missing.has(arena));
  progress.expect(wanted.length * ROUNDS);
  const rows: FloorRow[] = [];
  try {
    for (const { arena, scenario } of wanted) {
      progress.label(`${arena}, ${scenarioOf(scenario).title}`);
      const plan = {
        arena,
        scenario,
        rounds: ROUNDS,
        warmUp: WARM_UP,
        requests: REQUESTS[arena],
        servers: await servers.clean(arena),
      };
      const onStep = (): void => progress.step();
      rows.push(floorRowOf(plan, await inChild<FloorTrial>(CHILD, plan, { onStep, node })));
    }
  } finally {
    await servers.stop();
  }
  return rows;
}
