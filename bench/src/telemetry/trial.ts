/**
 * One scenario in a process of its own: the same requests to the same sessions, in turn with each listener.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HoldfastStore, holdfast } from "../contenders/holdfast.ts";
import { cost, drive } from "../drive.ts";
import { libraryRunner } from "../runners.ts";
import { scenarioOf } from "../scenarios.ts";
import { SECRET } from "../trial.ts";
import { LISTENERS } from "./listeners.ts";

export interface Plan {
  readonly scenario: string;
  readonly store: HoldfastStore;
  readonly requests: number;
  readonly warmUp: number;
  readonly rounds: number;
}

/** Processor time per request, in microseconds, with each of the listeners. */
export type Costs = readonly number[];

export async function runTrial({ scenario, store, requests, warmUp, rounds }: Plan): Promise<Costs[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const library = await holdfast(store, { secret: SECRET, folder });
  try {
    const runner = await libraryRunner(library, scenarioOf(scenario), { requests });
    const measured: Costs[] = [];
    for (let round = -warmUp; round < rounds; round++) {
      const costs = LISTENERS.map(() => 0);
      for (let turn = 0; turn < LISTENERS.length; turn++) {
        // Everybody comes first, last and after everybody else as often.
        const index = (turn * (round % 2 === 0 ? 1 : 3) + Math.abs(round)) % LISTENERS.length;
        const stop = LISTENERS[index]?.listen(library.sessions);
        if (round < 0) await runner.run(drive);
        else costs[index] = await runner.run(cost);
        stop?.();
      }
      if (round >= 0) measured.push(costs);
    }
    await runner.check();
    return measured;
  } finally {
    await library.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
