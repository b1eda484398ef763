/**
 * How what sessions cost grows with their number, in the memory of the process: each library in a process of its own,
 * measured in turn.
 *
 * @module
 */
import { AskedProcess } from "../asked-process.ts";
import type { Progress } from "../progress.ts";
import { orderOf, type Spread, spreadOf } from "../statistics.ts";
import { type Answer, type Filled, GROWN, type Grown, type GrowthTask, type Order } from "./protocol.ts";

export interface GrowthRow {
  readonly library: Grown;
  readonly sessions: number;
  /** Bytes for each session. */
  readonly heap: number;
  readonly rss: number;
  /** Microseconds that a request adds. */
  readonly read: Spread;
  readonly write: Spread;
  /** Milliseconds of a full garbage collection. */
  readonly pause: Spread;
  /** Share of the memory that is still taken when all sessions have expired. */
  readonly kept: number;
}

export interface GrowthExtent {
  /** How many sessions. */
  readonly sizes: readonly number[];
  readonly rounds: number;
}

export const FULL_GROWTH: GrowthExtent = { sizes: [1_000, 10_000, 100_000, 1_000_000], rounds: 10 };
export const QUICK_GROWTH: GrowthExtent = { sizes: [10_000], rounds: 3 };

/** A full collection of a million sessions takes seconds. */
const PAUSES = 3;

type Growing = AskedProcess<Order, Answer>;

export async function measureGrowth(
  { sizes, rounds }: GrowthExtent,
  progress: Progress,
): Promise<GrowthRow[]> {
  progress.expect(sizes.length * (rounds + GROWN.length));
  const rows: GrowthRow[] = [];
  for (const sessions of sizes) rows.push(...(await atSize(sessions, rounds, progress)));
  return rows;
}

async function atSize(sessions: number, rounds: number, progress: Progress): Promise<GrowthRow[]> {
  const processes: { asked: Growing; first: Filled }[] = [];
  try {
    for (const library of GROWN) {
      progress.label(`${sessions} sessions in the memory of ${library}`);
      const task: GrowthTask = { library, sessions };
      const child = new URL("./child.ts", import.meta.url);
      processes.push(await AskedProcess.start<Order, Answer, Filled>(child, task));
      progress.step();
    }
    const costs = GROWN.map(() => ({ read: [] as number[], write: [] as number[], pause: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const index of orderOf(round, processes.length)) {
        const asked = processes[index]?.asked;
        const row = costs[index];
        if (asked === undefined || row === undefined) continue;
        row.read.push(await asked.ask({ type: "cost", scenario: "read" }));
        row.write.push(await asked.ask({ type: "cost", scenario: "write" }));
        if (round < PAUSES) row.pause.push(await asked.ask({ type: "pause" }));
      }
      progress.step();
    }
    const rows: GrowthRow[] = [];
    for (const [index, library] of GROWN.entries()) {
      const found = processes[index];
      const cost = costs[index];
      if (found === undefined || cost === undefined) continue;
      const kept = await found.asked.ask({ type: "expire" });
      const { read, write, pause } = cost;
      const spreads = { read: spreadOf(read), write: spreadOf(write), pause: spreadOf(pause) };
      rows.push({ library, sessions, ...found.first, ...spreads, kept });
    }
    return rows;
  } finally {
    for (const { asked } of processes) await asked.end();
  }
}
