import { setTimeout as delay } from "node:timers/promises";
import type { AppProcess } from "../app/process.ts";
import { check } from "../checker.ts";
import type { Engine } from "../engines/engine.ts";
import { History } from "../history.ts";
import { Load } from "../load/load.ts";
import { Recorder } from "../load/recorder.ts";
import { alarmsIn } from "../trial/alarms.ts";
import { Deployment } from "../trial/deployment.ts";
import { REQUEST_DEADLINE, STATUSES } from "../trial/scale.ts";
import { until } from "../trial/until.ts";

/** Longer than anybody in the load stays away, short enough to wait for at the end. */
const IDLE = 10_000;

/** How much a heap may differ from one collection to another, in bytes, beside a tenth of it. */
const NOISE = 3 * 2 ** 20;

export interface Soaked {
  readonly requests: number;
  readonly sessions: number;
  readonly slowest: number;
  /** Bytes on each app's heap, after a collection. */
  readonly heaps: readonly { readonly app: string; readonly before: number; readonly after: number }[];
  readonly problems: readonly string[];
}

export async function soak(engine: Engine, duration: number): Promise<Soaked> {
  const deployment = await Deployment.start(engine.store, { sessions: { idle: IDLE } });
  const { apps } = deployment;
  const history = new History();
  const load = new Load(apps, new Recorder(history, 3 * REQUEST_DEADLINE));
  try {
    load.start();
    await delay(duration / 3);
    const before = await heapsOf(apps);
    await delay((duration * 2) / 3);
    await load.stop();
    const after = await heapsOf(apps);
    const heaps = apps.map(({ name: app }, index) => ({
      app,
      before: before[index] ?? 0,
      after: after[index] ?? 0,
    }));
    const expected = { deadline: REQUEST_DEADLINE, statuses: STATUSES, apps: [], recovery: 0 };
    const { violations, sessions } = check(history, expected);
    const problems = [
      ...[...violations, ...apps.flatMap((app) => alarmsIn(app, [0, 0]))].map(
        ({ rule, text }) => `${rule}: ${text}`,
      ),
      ...heaps.filter(hasGrown).map(({ app }) => `the heap of ${app} has grown`),
      ...(await leftIn(engine, apps)),
    ];
    const slowest = history.operations.reduce(
      (longest, { from, until: to }) => Math.max(longest, to - from),
      0,
    );
    return { requests: history.operations.length, sessions, slowest, heaps, problems };
  } finally {
    await deployment.stop();
  }
}

function heapsOf(apps: readonly AppProcess[]): Promise<number[]> {
  return Promise.all(apps.map((app) => app.heapBytes()));
}

function hasGrown({ before, after }: { readonly before: number; readonly after: number }): boolean {
  return after > before * 1.1 + NOISE;
}

/** What is there to stay once every session has expired and been removed. */
async function leftIn(engine: Engine, apps: readonly AppProcess[]): Promise<string[]> {
  let left = 0;
  const isEmpty = async (): Promise<boolean> => {
    await apps[0]?.prune();
    left = await engine.leaks();
    return left === 0;
  };
  return until("nothing to be left", isEmpty, 3 * IDLE).then(
    () => [],
    () => [`${left} records or keys stay behind`],
  );
}
