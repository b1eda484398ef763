/**
 * The tables.
 *
 * @module
 */
import { cpus } from "node:os";
import type { StoreName } from "./contenders/contender.ts";
import { IN_FLIGHT } from "./drive.ts";
import { PROFILE_BYTES } from "./profile.ts";
import type { Scenario } from "./scenarios.ts";
import type { Spread, Summary } from "./statistics.ts";

export interface Row {
  readonly store: StoreName;
  readonly scenario: Scenario;
  readonly summary: Summary;
  readonly rounds: number;
  readonly processes: number;
}

const TITLES: Readonly<Record<StoreName, string>> = {
  memory: "MemoryStore of each",
  sqlite:
    "SQLite: Holdfast's SqliteStore, sealed; express-session with a plain store that we wrote (src/peers); both on libsql",
};

/** The bar a row must reach, if there is one: those of the memory stores. */
export function barOf({ store, scenario }: Row): number | undefined {
  return store === "memory" ? scenario.bar : undefined;
}

export function meetsBar(row: Row): boolean {
  return row.summary.ratio.median >= (barOf(row) ?? 0);
}

export function heading(): string {
  return [
    `CPU time that sessions add to a bare node:http handler. Node ${process.version}, ${cpus()[0]?.model ?? "?"} x${cpus().length}`,
    `${PROFILE_BYTES}-byte sessions used in turn, ${IN_FLIGHT} requests in flight, no network, no other cookies.`,
    "Ratio: what express-session 1.19 adds, divided by what Holdfast adds, each round compared with itself;",
    "the median round, and in brackets the quartiles of the rounds. Microseconds are medians, of this machine today.",
    'express-session records activity at every request, Holdfast when a tenth of the idle limit has passed: "activity',
    'always due" is the other extreme, with each request a tenth of the limit after the last.',
  ].join("\n");
}

export function table(store: StoreName, sessions: number, rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const { scenario, summary } = row;
    const bar = barOf(row);
    return [
      scenario.title,
      ratioText(summary.ratio),
      bar === undefined ? "" : `${bar}x`,
      bar === undefined ? "" : meetsBar(row) ? "met" : "MISSED",
      micros(summary.bare),
      micros(summary.expressSession),
      micros(summary.holdfast),
      `${row.rounds} in ${row.processes}`,
    ];
  });
  const head = [
    "",
    "ratio",
    "bar",
    "",
    "bare µs",
    "express-session adds",
    "holdfast adds",
    "rounds, processes",
  ];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lines = [head, widths.map((width) => "-".repeat(width)), ...cells].map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [`${TITLES[store]}; ${sessions} sessions`, ...lines].join("\n");
}

function ratioText({ low, median, high }: Spread): string {
  return `${times(median)} (${times(low)}–${times(high)})`;
}

/** Beyond this the difference to nothing is smaller than the noise. */
const MOST = 500;

function times(ratio: number): string {
  if (ratio > MOST) return `>${MOST}x`;
  return `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}x`;
}

function micros({ median }: Spread): string {
  return median.toFixed(1);
}
