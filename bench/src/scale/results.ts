/**
 * Results as files: JSON beside the benchmarks, tables in the page that shows them.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { filled } from "../page/marks.ts";
import type { CommandCount } from "./commands.ts";
import { sections } from "./report.ts";
import { STORES } from "./subjects/subject.ts";
import type { Result } from "./trial.ts";

const FOLDER = fileURLToPath(new URL("../../results/scale/", import.meta.url));
const PAGE = fileURLToPath(new URL("../../../docs/scaling.md", import.meta.url));

export function save(name: string, result: Result | readonly CommandCount[]): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
}

/** Puts the tables between the marks of the page: `<!-- measured: NAME -->` and `<!-- /measured -->`. */
export function renderPage(): void {
  const results = STORES.map((store) => load<Result>(store)).filter((result) => result !== undefined);
  const tables = sections(results, load<readonly CommandCount[]>("commands") ?? []);
  // A store that has not been measured yet leaves its place as it is.
  writeFileSync(PAGE, filled(readFileSync(PAGE, "utf8"), tables));
}

function load<T>(name: string): T | undefined {
  const file = `${FOLDER}${name}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}
