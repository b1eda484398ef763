/**
 * What sessions add on the framework that they are made for, over HTTP: all servers run side by side, and get their load in
 * turn.
 *
 * @module
 */

import type { Progress } from "../progress.ts";
import { checkKept, checkPage } from "../served/checks.ts";
import { cpuByRound } from "../served/cpu.ts";
import { asFastAsPossible } from "../served/load.ts";
import { ServedApp, USERS } from "../served/served-app.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import {
  FRAMEWORK_PAGES,
  FRAMEWORK_TASKS,
  type FrameworkLibrary,
  type FrameworkName,
  type FrameworkPage,
} from "./tasks.ts";

export interface FrameworkRow {
  readonly framework: FrameworkName;
  readonly library: FrameworkLibrary;
  readonly page: FrameworkPage;
  readonly rounds: number;
  /** The server's whole processor time for a request, in microseconds: of the framework alone, and with sessions. */
  readonly bare: Spread;
  readonly cpu: Spread;
  /** The difference, each round compared with itself. */
  readonly adds: Spread;
}

export interface FrameworksExtent {
  /** A multiple of the servers' number: then each is first as often as the others. */
  readonly rounds: number;
  /** Requests to each server in a round. */
  readonly requests: number;
  readonly warmUp: number;
}

export const FULL_FRAMEWORKS: FrameworksExtent = { rounds: 16, requests: 1_000, warmUp: 5_000 };
export const QUICK_FRAMEWORKS: FrameworksExtent = { rounds: 8, requests: 400, warmUp: 2_000 };

const SERVER = new URL("./server.ts", import.meta.url);

/** @param node - where the `node` is that they run on */
export async function measureFrameworks(
  extent: FrameworksExtent,
  node: string,
  progress: Progress,
): Promise<FrameworkRow[]> {
  progress.expect(FRAMEWORK_PAGES.length * extent.rounds);
  const apps: ServedApp[] = [];
  try {
    for (const task of FRAMEWORK_TASKS) {
      const app = await ServedApp.start(SERVER, task, node);
      apps.push(app);
      if (task.library !== undefined) await checkKept(app.url);
      await app.signIn(USERS);
    }
    const rows: FrameworkRow[] = [];
    for (const page of FRAMEWORK_PAGES) {
      progress.label(`sessions of other frameworks, ${page}`);
      for (const app of apps) await asFastAsPossible(app, page, extent.warmUp);
      for (const app of apps) await checkPage(app, page);
      rows.push(...rowsOf(page, await cpuByRound(apps, page, extent, () => progress.step())));
    }
    return rows;
  } finally {
    for (const app of apps) await app.stop();
  }
}

/** @param cpu - by round, and in it by task, as {@link FRAMEWORK_TASKS} has them */
export function rowsOf(page: FrameworkPage, cpu: readonly (readonly number[])[]): FrameworkRow[] {
  return FRAMEWORK_TASKS.flatMap(({ framework, library }, index) => {
    if (library === undefined) return [];
    const alone = FRAMEWORK_TASKS.findIndex((it) => it.framework === framework && it.library === undefined);
    const of = (round: readonly number[], at: number): number => round[at] ?? Number.NaN;
    return {
      framework,
      library,
      page,
      rounds: cpu.length,
      bare: spreadOf(cpu.map((round) => of(round, alone))),
      cpu: spreadOf(cpu.map((round) => of(round, index))),
      adds: spreadOf(cpu.map((round) => of(round, index) - of(round, alone))),
    };
  });
}
