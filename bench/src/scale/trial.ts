/**
 * One store at several sizes at once, each in a process of its own: filled one after the other, then measured in turn,
 * so that what the machine does to one round it does to all sizes.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Progress } from "../progress.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { startTask } from "../task-process.ts";
import type { News, Order, Task } from "./child.ts";
import { type Cost, OPERATIONS, type OperationName } from "./operations.ts";
import type { StoreName } from "./subjects/subject.ts";

export interface Plan {
  readonly store: StoreName;
  /** Smallest first. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** How many processes use the store at once, for the smallest size; none where a store cannot be shared. */
  readonly processes: readonly number[];
}

/** An operation at one size. */
export interface Measured {
  /** Processor time, in microseconds: of the servers where there are any, else of the process. */
  readonly cost: Spread;
  /** The same, with that of the smallest size in the same round as one. */
  readonly ratio: Spread;
  /** The largest share that one server has of it; 1 where there is one. */
  readonly share: number;
}

export interface SizeResult {
  readonly sessions: number;
  readonly bytesPerSession: number;
  readonly operations: Readonly<Partial<Record<OperationName, Measured>>>;
}

export interface ProcessesResult {
  readonly processes: number;
  readonly operations: Readonly<Partial<Record<OperationName, Measured>>>;
}

export interface Result {
  readonly store: StoreName;
  readonly rounds: number;
  readonly sizes: readonly SizeResult[];
  readonly processes: readonly ProcessesResult[];
}

const WARM_UP = 2;
/** What several processes do at once. */
const SHARED: readonly OperationName[] = ["read", "commit"];

/** How often an operation is done in one round. */
function countOf(store: StoreName, operation: OperationName): number {
  const often = store === "memory" ? 4 : 1;
  if (operation === "list 100") return 50 * often;
  if (operation === "list 10") return 300 * often;
  return (operation === "prune, nothing due" ? 100 : 1500) * often;
}

export async function runTrial(plan: Plan, progress: Progress): Promise<Result> {
  const { store, sizes } = plan;
  const children: Child[] = [];
  try {
    for (const sessions of sizes) {
      progress.label(`${store}: ${sessions} sessions are being made`);
      children.push(await Child.start({ store, sessions, address: undefined, part: ALONE }, progress));
    }
    const operations = OPERATIONS.filter((name) => name !== "baseline" || !IN_PROCESS.has(store));
    const costs = await rounds(plan.rounds, operations, children, store, progress);
    const results = children.map(({ sessions, bytes }, index) => ({
      sessions,
      bytesPerSession: bytes / sessions,
      operations: byOperation(operations, (name) => compare(costs, name, index)),
    }));
    const processes = await severalProcesses(plan, children[0], progress);
    return { store, rounds: plan.rounds, sizes: results, processes };
  } finally {
    await Promise.all(children.map((child) => child.end()));
  }
}

const IN_PROCESS: ReadonlySet<StoreName> = new Set<StoreName>(["memory", "sqlite"]);
const ALONE = { index: 0, of: 1 };

/** Costs by operation, round and child. */
type Costs = ReadonlyMap<OperationName, readonly (readonly Cost[])[]>;

async function rounds(
  count: number,
  operations: readonly OperationName[],
  children: readonly Child[],
  store: StoreName,
  progress: Progress,
): Promise<Costs> {
  const costs = new Map<OperationName, Cost[][]>(operations.map((name) => [name, []]));
  for (let round = -WARM_UP; round < count; round++) {
    progress.label(`${store}: round ${Math.max(0, round)} of ${count}`);
    for (const name of operations) {
      const row: Cost[] = [];
      for (let turn = 0; turn < children.length; turn++) {
        // Everybody is first as often as last.
        const index = (turn + Math.abs(round)) % children.length;
        const cost = await children[index]?.measure(name, countOf(store, name));
        if (cost !== undefined) row[index] = cost;
      }
      if (round >= 0) costs.get(name)?.push(row);
    }
    progress.step();
  }
  return costs;
}

function compare(costs: Costs, name: OperationName, index: number): Measured {
  const rows = costs.get(name) ?? [];
  const of = (row: readonly Cost[], child: number): number => timeOf(row[child]);
  return {
    cost: spreadOf(rows.map((row) => of(row, index))),
    ratio: spreadOf(rows.map((row) => of(row, index) / of(row, 0))),
    share: shareOf(rows.map((row) => row[index]?.servers ?? [])),
  };
}

function timeOf(cost: Cost | undefined): number {
  if (cost === undefined) return Number.NaN;
  return cost.servers.length === 0 ? cost.client : sum(cost.servers);
}

/** The largest of several servers' shares in all rounds together. */
function shareOf(rows: readonly (readonly number[])[]): number {
  const servers = rows[0]?.length ?? 0;
  const totals = Array.from({ length: servers }, (_, server) => sum(rows.map((row) => row[server] ?? 0)));
  return servers === 0 ? 1 : Math.max(...totals) / sum(totals);
}

async function severalProcesses(
  { store, processes, rounds }: Plan,
  first: Child | undefined,
  progress: Progress,
): Promise<ProcessesResult[]> {
  if (first?.address === undefined || processes.length === 0) return [];
  const { sessions, address } = first;
  const most = Math.max(...processes);
  const team: Child[] = [];
  try {
    for (let index = 0; index < most; index++) {
      team.push(await Child.start({ store, sessions, address, part: { index, of: most } }, progress));
    }
    const rows = new Map<OperationName, number[][]>(SHARED.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      progress.label(`${store}: several processes, round ${round} of ${rounds}`);
      for (const name of SHARED) {
        const row: number[] = [];
        for (const members of processes) row.push(await together(first, team.slice(0, members), name, store));
        rows.get(name)?.push(row);
      }
      progress.step();
    }
    return processes.map((members, index) => ({
      processes: members,
      operations: byOperation(SHARED, (name) => {
        const measured = rows.get(name) ?? [];
        return {
          cost: spreadOf(measured.map((row) => row[index] ?? Number.NaN)),
          ratio: spreadOf(measured.map((row) => (row[index] ?? Number.NaN) / (row[0] ?? Number.NaN))),
          share: 1,
        };
      }),
    }));
  } finally {
    await Promise.all(team.map((child) => child.end()));
  }
}

/** Processor time of an operation while so many processes do it at once. */
async function together(
  first: Child,
  members: readonly Child[],
  name: OperationName,
  store: StoreName,
): Promise<number> {
  const count = countOf(store, name);
  const before = await first.serverTime();
  const costs = await Promise.all(members.map((member) => member.measure(name, count)));
  const after = await first.serverTime();
  if (after.length === 0) return sum(costs.map(({ client }) => client)) / members.length;
  return (sum(after) - sum(before)) / (count * members.length);
}

function byOperation(
  operations: readonly OperationName[],
  measured: (name: OperationName) => Measured,
): Partial<Record<OperationName, Measured>> {
  return Object.fromEntries(operations.map((name) => [name, measured(name)]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A process with a store. */
class Child {
  readonly sessions: number;
  readonly bytes: number;
  readonly address: string | undefined;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, sessions: number, bytes: number, address: string | undefined) {
    this.#process = process;
    this.sessions = sessions;
    this.bytes = bytes;
    this.address = address;
  }

  static start(task: Task, progress: Progress): Promise<Child> {
    return new Promise((resolve, reject) => {
      const child = startTask(new URL("./child.ts", import.meta.url), task);
      child.on("message", (news: News) => {
        if (news.type === "filled")
          progress.label(`${task.store}: ${news.done} of ${task.sessions} sessions`);
        if (news.type === "ready") resolve(new Child(child, task.sessions, news.bytes, news.address));
      });
      child.once("exit", (code) => reject(new Error(`${task.store}: the process ended with ${code}`)));
    });
  }

  async measure(operation: OperationName, count: number): Promise<Cost> {
    const news = await this.#ask({ type: "measure", operation, count });
    if (news.type !== "cost") throw new Error(`an answer to another question: ${news.type}`);
    return news.cost;
  }

  async serverTime(): Promise<readonly number[]> {
    const news = await this.#ask({ type: "server-time" });
    if (news.type !== "server-time") throw new Error(`an answer to another question: ${news.type}`);
    return news.servers;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.send({ type: "end" } satisfies Order);
    await ended;
  }

  #ask(order: Order): Promise<News> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error("the process ended"));
      this.#process.once("exit", ended);
      this.#process.once("message", (news: News) => {
        this.#process.off("exit", ended);
        resolve(news);
      });
      this.#process.send(order);
    });
  }
}
