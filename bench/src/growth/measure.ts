/**
 * How what sessions cost grows with their number, in the memory of the process: each library in a process of its own,
 * measured in turn.
 *
 * @module
 */
import { AskedProcess } from "../asked-process.ts";
import type { Progress } from "../progress.ts";
import { orderOf, quantileOf, type Spread, spreadOf } from "../statistics.ts";
import { type Answer, type Filled, GROWN, type Grown, type GrowthTask, type Order } from "./protocol.ts";

/** What the sessions of a process take: bytes for each. */
export interface Memory extends Filled {
  /** Share of it that is still taken when all sessions have expired. */
  readonly kept: number;
}

export interface GrowthRow extends Memory {
  readonly library: Grown;
  readonly sessions: number;
  /** Microseconds that a request adds. */
  readonly read: Spread;
  readonly write: Spread;
  /** Milliseconds of a full garbage collection. */
  readonly pause: Spread;
}

interface GrowthSize {
  readonly sessions: number;
  /**
   * In how many processes, of whose memory the median is taken: now and then one takes more than twice as much of the
   * machine's (RSS) for the same sessions.
   */
  readonly fills: number;
}

export interface GrowthExtent {
  readonly sizes: readonly GrowthSize[];
  readonly rounds: number;
}

export const FULL_GROWTH: GrowthExtent = {
  sizes: [
    { sessions: 1_000, fills: 3 },
    { sessions: 10_000, fills: 3 },
    { sessions: 100_000, fills: 3 },
    { sessions: 1_000_000, fills: 1 },
  ],
  rounds: 10,
};
export const QUICK_GROWTH: GrowthExtent = { sizes: [{ sessions: 10_000, fills: 1 }], rounds: 3 };

/** A full collection of a million sessions takes seconds. */
const PAUSES = 3;

interface Growing {
  readonly asked: AskedProcess<Order, Answer>;
  readonly filled: Filled;
}

export async function measureGrowth(
  { sizes, rounds }: GrowthExtent,
  progress: Progress,
): Promise<GrowthRow[]> {
  const fills = sizes.reduce((sum, size) => sum + size.fills, 0);
  progress.expect(sizes.length * rounds + fills * GROWN.length);
  const rows: GrowthRow[] = [];
  for (const size of sizes) rows.push(...(await atSize(size, rounds, progress)));
  return rows;
}

async function atSize(
  { sessions, fills }: GrowthSize,
  rounds: number,
  progress: Progress,
): Promise<GrowthRow[]> {
  const memories = GROWN.map((): Memory[] => []);
  for (let fill = 1; fill < fills; fill++) {
    for (const [index, library] of GROWN.entries()) {
      const growing = await fillOne(library, sessions, progress);
      try {
        memories[index]?.push(await emptied(growing));
      } finally {
        await growing.asked.end();
      }
    }
  }
  // The last of them stay, for what their requests cost.
  const processes: Growing[] = [];
  try {
    for (const library of GROWN) processes.push(await fillOne(library, sessions, progress));
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
      const growing = processes[index];
      const cost = costs[index];
      if (growing === undefined || cost === undefined) continue;
      const memory = medianOf([...(memories[index] ?? []), await emptied(growing)]);
      const { read, write, pause } = cost;
      const spreads = { read: spreadOf(read), write: spreadOf(write), pause: spreadOf(pause) };
      rows.push({ library, sessions, ...memory, ...spreads });
    }
    return rows;
  } finally {
    for (const { asked } of processes) await asked.end();
  }
}

async function fillOne(library: Grown, sessions: number, progress: Progress): Promise<Growing> {
  progress.label(`${sessions} sessions in the memory of ${library}`);
  const task: GrowthTask = { library, sessions };
  const child = new URL("./child.ts", import.meta.url);
  const { asked, first } = await AskedProcess.start<Order, Answer, Filled>(child, task);
  progress.step();
  return { asked, filled: first };
}

/** Lets all sessions of a process expire. */
async function emptied({ asked, filled }: Growing): Promise<Memory> {
  return { ...filled, kept: await asked.ask({ type: "expire" }) };
}

/** The median of each figure by itself. */
export function medianOf(memories: readonly Memory[]): Memory {
  const median = (figure: keyof Memory): number =>
    quantileOf(
      memories.map((memory) => memory[figure]),
      0.5,
    );
  return { heap: median("heap"), rss: median("rss"), kept: median("kept") };
}
