/**
 * `docs/reference/hostile-input.md`: the tables, and what a run says of itself, between marks.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { digits } from "../table.ts";
import { GROUPS } from "./classes/index.ts";
import { honestRatio, type Row, tableOf, worst } from "./report.ts";

const PAGE = fileURLToPath(new URL("../../../docs/reference/hostile-input.md", import.meta.url));

export function writePage(rows: readonly Row[], processes: number): void {
  writeFileSync(PAGE, filled(readFileSync(PAGE, "utf8"), rows, processes));
}

function filled(page: string, rows: readonly Row[], processes: number): string {
  const texts: Readonly<Record<string, string>> = {
    run: runOf(rows, processes),
    tables: GROUPS.map((group) => sectionOf(rows, group.title)).join("\n\n"),
  };
  return page.replace(
    /(<!-- measured: ([\w-]+) -->\n).*?(<!-- \/measured -->)/gs,
    (_all: string, begin: string, name: string, end: string) => `${begin}\n${texts[name] ?? ""}\n\n${end}`,
  );
}

function sectionOf(rows: readonly Row[], title: string): string {
  return `## ${title}\n\n${tableOf(rows.filter(({ group }) => group.title === title))}`;
}

function runOf(rows: readonly Row[], processes: number): string {
  const rounds = rows[0]?.outcome.rounds.length ?? 0;
  return [
    `Made on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}: ${rounds} rounds in ${processes} fresh`,
    "processes. What costs most beside an honest request:\n",
    `- of what the library does: ${worstOf(rows, false)};`,
    `- of that where it verifies a signature: ${worstOf(rows, true)};`,
    "- more than that only bodies, where the app's own parser is at work: beside it, **bare = 1**, they cost next to nothing.",
  ].join("\n");
}

function worstOf(rows: readonly Row[], signatures: boolean): string {
  const row = worst(rows, signatures);
  return row === undefined
    ? "not tried"
    : `${row.hostile.title}, ${digits(honestRatio(row).median)} times as much`;
}
