import { orderOf } from "../statistics.ts";
import { asFastAsPossible } from "./load.ts";
import type { Page } from "./protocol.ts";
import type { ServedApp } from "./served-app.ts";

/** What servers take for a request to a page, in microseconds of processor time: by round, and in it by server. */
export async function cpuByRound(
  apps: readonly ServedApp[],
  page: Page,
  { rounds, requests }: { readonly rounds: number; readonly requests: number },
  onRound: () => void,
): Promise<number[][]> {
  const cpu: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const row: number[] = [];
    for (const index of orderOf(round, apps.length)) {
      const app = apps[index];
      if (app === undefined) continue;
      const { used } = await app.measure(false, () => asFastAsPossible(app, page, requests));
      row[index] = used.cpu / requests;
    }
    cpu.push(row);
    onRound();
  }
  return cpu;
}
