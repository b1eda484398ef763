/**
 * What sessions cost a server on Express 5, over real HTTP: the servers run side by side, and get their load in turn.
 *
 * @module
 */
import { startRedis } from "test-servers";
import { nodeBinary } from "../node-binary.ts";
import type { Progress } from "../progress.ts";
import { checkKept, checkPage } from "../served/checks.ts";
import { cpuByRound } from "../served/cpu.ts";
import { asFastAsPossible, atRate } from "../served/load.ts";
import { PAGES, type Page } from "../served/protocol.ts";
import { ServedApp, USERS } from "../served/served-app.ts";
import { orderOf, quantileOf, spreadOf } from "../statistics.ts";
import type { HttpRow, ServedCost } from "./result.ts";
import { HTTP_STORES, type HttpStore, SERVED, type ServerTask } from "./tasks.ts";

export interface HttpExtent {
  readonly rounds: number;
  /** Requests to each server in a round, as fast as it takes them. */
  readonly requests: number;
  readonly warmUp: number;
  /** Rounds at equal load, and how long each is. */
  readonly paced: { readonly rounds: number; readonly seconds: number };
  readonly pages: readonly Page[];
}

export const FULL_HTTP: HttpExtent = {
  rounds: 10,
  requests: 1_000,
  warmUp: 5_000,
  paced: { rounds: 3, seconds: 1 },
  pages: PAGES,
};
export const QUICK_HTTP: HttpExtent = {
  rounds: 5,
  requests: 600,
  warmUp: 3_000,
  paced: { rounds: 1, seconds: 1 },
  pages: ["read"],
};

const SERVER = new URL("./server.ts", import.meta.url);
/** Of what the slowest server can do: so that nobody is late for want of a processor. */
const EQUAL_LOAD = 0.4;
/** The most that this process can send on time. */
const MOST_PER_SECOND = 1_000;

/** @param versions - of Node; `undefined` is this one */
export async function measureHttp(
  extent: HttpExtent,
  versions: readonly (string | undefined)[],
  progress: Progress,
): Promise<HttpRow[]> {
  progress.expect(
    versions.length * HTTP_STORES.length * extent.pages.length * (extent.rounds + extent.paced.rounds),
  );
  const rows: HttpRow[] = [];
  for (const version of versions) {
    const node = await nodeBinary(version);
    for (const store of HTTP_STORES) rows.push(...(await onStore(store, node, extent, progress)));
  }
  return rows;
}

async function onStore(
  store: HttpStore,
  node: string,
  extent: HttpExtent,
  progress: Progress,
): Promise<HttpRow[]> {
  const redis = store === "redis" ? await startRedis() : undefined;
  const apps: ServedApp[] = [];
  try {
    for (const library of SERVED) {
      const task: ServerTask = { library, store, redis: redis?.url };
      const app = await ServedApp.start(SERVER, task, node);
      apps.push(app);
      if (library !== "bare") await checkKept(app.url);
      await app.signIn(USERS);
    }
    const rows: HttpRow[] = [];
    for (const page of extent.pages) {
      progress.label(`HTTP, ${store}, ${page}, Node ${apps[0]?.version}`);
      rows.push(await measurePage(apps, store, page, extent, progress));
    }
    return rows;
  } finally {
    for (const app of apps) await app.stop();
    await redis?.stop();
  }
}

async function measurePage(
  apps: readonly ServedApp[],
  store: HttpStore,
  page: Page,
  { rounds, requests, warmUp, paced }: HttpExtent,
  progress: Progress,
): Promise<HttpRow> {
  const speeds: number[] = [];
  for (const app of apps) speeds.push(await asFastAsPossible(app, page, warmUp));
  for (const app of apps) await checkPage(app, page);
  const cpu = await cpuByRound(apps, page, { rounds, requests }, () => progress.step());
  const perSecond = Math.min(MOST_PER_SECOND, Math.floor(Math.min(...speeds) * EQUAL_LOAD));
  const late = await atEqualLoad(apps, page, perSecond, paced, progress);
  const peer = SERVED.indexOf("express-session");
  const servers = SERVED.map((library, index): ServedCost => {
    const of = (row: readonly number[], at: number): number => row[at] ?? Number.NaN;
    const rows = late[index] ?? [];
    return {
      library,
      cpu: spreadOf(cpu.map((row) => of(row, index))),
      share: spreadOf(cpu.map((row) => of(row, index) / of(row, peer))),
      p50: spreadOf(rows.map((it) => it.p50)),
      p99: spreadOf(rows.map((it) => it.p99)),
      delay: spreadOf(rows.map((it) => it.delay)),
    };
  });
  return { node: apps[0]?.version ?? "", store, page, rounds, perSecond, servers };
}

interface Late {
  readonly p50: number;
  readonly p99: number;
  readonly delay: number;
}

/** By server and round. */
async function atEqualLoad(
  apps: readonly ServedApp[],
  page: Page,
  perSecond: number,
  { rounds, seconds }: HttpExtent["paced"],
  progress: Progress,
): Promise<Late[][]> {
  const late = apps.map((): Late[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const index of orderOf(round, apps.length)) {
      const app = apps[index];
      if (app === undefined) continue;
      const { result, used } = await app.measure(true, () => atRate(app, page, perSecond, seconds));
      late[index]?.push({
        p50: quantileOf(result, 0.5),
        p99: quantileOf(result, 0.99),
        delay: used.delay,
      });
    }
    progress.step();
  }
  return late;
}
