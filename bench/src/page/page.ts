/**
 * `docs/performance.md` and its plots, from results.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Environment, HERE, sentenceOf } from "../environment.ts";
import { PART_NAMES, PARTS, type PartName, type Results } from "../parts.ts";
import { filled } from "./marks.ts";
import { plotsOf } from "./plots.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const RESULTS: string = join(ROOT, "bench/results");
export const DOCS: string = join(ROOT, "docs");

/** Stands where there are no results. */
const UNMEASURED = "Not measured yet.";

interface Kept<Row> {
  readonly environment: Environment;
  readonly rows: readonly Row[];
}

/** Keeps what a part has found. */
export function keep(name: PartName, rows: readonly unknown[], folder: string = RESULTS): void {
  const kept: Kept<unknown> = { environment: HERE, rows };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

/** What the parts have found when they were last run, and where. */
export function kept(folder: string = RESULTS): { results: Results; environment: Environment | undefined } {
  const results: Record<string, readonly unknown[]> = {};
  let environment: Environment | undefined;
  for (const name of PART_NAMES) {
    const file = join(folder, `${name}.json`);
    if (!existsSync(file)) continue;
    const found: Kept<unknown> = JSON.parse(readFileSync(file, "utf8"));
    results[name] = found.rows;
    environment ??= found.environment;
  }
  return { results, environment };
}

/** All files of the page, by their path under `docs`, as they must be. */
export async function filesOf(
  page: string,
  { results, environment }: ReturnType<typeof kept>,
): Promise<Map<string, string>> {
  const sections: Record<string, string> = sectionsOf(results);
  if (environment !== undefined) sections.environment = sentenceOf(environment);
  const files = new Map<string, string>();
  for (const { name, title, svg } of await plotsOf(results)) {
    files.set(`performance/${name}.svg`, svg);
    sections[`plot-${name}`] = `![${title}](performance/${name}.svg)`;
  }
  files.set("performance.md", filled(page, sections, UNMEASURED));
  return files;
}

export function sectionsOf({
  cost = [],
  floor = [],
  http = [],
  frameworks = [],
  lost = [],
  growth = [],
}: Results): Record<string, string> {
  return {
    ...PARTS.cost.sections(cost),
    ...PARTS.floor.sections(floor),
    ...PARTS.http.sections(http),
    ...PARTS.frameworks.sections(frameworks),
    ...PARTS.lost.sections(lost),
    ...PARTS.growth.sections(growth),
  };
}

/** Writes the page and its plots from what is kept. */
export async function writePage(docs: string = DOCS, folder: string = RESULTS): Promise<void> {
  const page = readFileSync(join(docs, "performance.md"), "utf8");
  mkdirSync(join(docs, "performance"), { recursive: true });
  for (const [path, text] of await filesOf(page, kept(folder))) writeFileSync(join(docs, path), text);
}
