/**
 * `npm run bench:cached`: what a read cache saves over Redis, and what it costs a change, measured in one run.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { parseArgs } from "node:util";
import type { Store, StoredRecord } from "holdfast/store";
import { startRedis } from "test-servers";
import { spreadOf } from "../statistics.ts";
import { openStores } from "./process.ts";

const SESSIONS = 500;
const OPERATIONS = 2_000;
const IN_FLIGHT = 16;

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const rounds = values.quick ? 10 : 40;
const handles = Array.from({ length: SESSIONS }, () => randomBytes(16).toString("base64url"));
const now = Date.now();
const record: StoredRecord = {
  version: 1,
  expiresAt: now + 3_600_000,
  user: null,
  keyId: "k-01",
  header: randomBytes(300),
  body: randomBytes(500),
};

interface Cost {
  readonly cpu: number;
  readonly time: number;
}

const NOTHING: Cost = { cpu: 0, time: 0 };

type Operation = (store: Store, handle: string, round: number) => Promise<unknown>;

const read: Operation = async (store, handle) => store.read(handle, now);
const touch: Operation = async (store, handle, round) =>
  store.touch([{ handle, version: 1, expiresAt: record.expiresAt + round, header: record.header }], now);

const server = await startRedis();
let neighbour: ChildProcess | undefined;
try {
  const { plain, cache, close } = await openStores(server.url);
  for (const handle of handles) await plain.create(handle, record, now);
  const report = async (title: string, operation: Operation): Promise<void> => {
    process.stdout.write(`${title.padEnd(46)}${await compare(plain, cache, operation)}\n`);
  };
  process.stdout.write(
    `Cached beside uncached, ${IN_FLIGHT} operations in flight: median of ${rounds} rounds, and the quartiles.\n`,
  );
  await report("a read that is remembered", read);
  await report("a change, nobody else caches", touch);
  neighbour = fork(new URL("./neighbour.ts", import.meta.url), [server.url]);
  await once(neighbour, "message");
  await report("a change, one other process caches", touch);
  await close();
} finally {
  neighbour?.disconnect();
  if (neighbour !== undefined) await once(neighbour, "exit");
  await server.stop();
}

/** How much processor time of this process, and how much time, an operation takes with the cache, without it being 1. */
async function compare(plain: Store, cache: Store, operation: Operation): Promise<string> {
  const stores = [plain, cache];
  const cpu: number[] = [];
  const time: number[] = [];
  for (let round = -3; round < rounds; round++) {
    const costs: [Cost, Cost] = [NOTHING, NOTHING];
    // Each comes first as often as the other.
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0])
      costs[index] = await costOf(stores[index] ?? plain, operation, round);
    if (round < 0) continue;
    cpu.push(costs[1].cpu / costs[0].cpu);
    time.push(costs[1].time / costs[0].time);
  }
  return `CPU x${shown(cpu)}   time x${shown(time)}`;
}

async function costOf(store: Store, operation: Operation, round: number): Promise<Cost> {
  const before = process.cpuUsage();
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < OPERATIONS) await operation(store, handles[next++ % SESSIONS] ?? "", round);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system, time: performance.now() - start };
}

function shown(ratios: readonly number[]): string {
  const { low, median, high } = spreadOf(ratios);
  return `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
