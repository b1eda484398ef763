import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fault, Setup } from "./matrix.ts";

/** Where the runs leave what they found; not under version control. */
const FOLDER = fileURLToPath(new URL("../../results", import.meta.url));

/** What a trial found, for the page. */
export interface Result {
  readonly setup: Setup;
  readonly fault: Fault | "contract";
  /** In words: "nothing lost". */
  readonly held: string;
  /** What was run, with its version. */
  readonly engine: string;
  readonly figures?: {
    readonly requests: number;
    readonly unavailable: number;
    readonly slowest: number;
    readonly recovered: number;
  };
}

export function saveResult(result: Result): void {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${result.setup}-${result.fault}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}

export function savedResults(): Result[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name): Result => JSON.parse(readFileSync(join(FOLDER, name), "utf8")));
}
