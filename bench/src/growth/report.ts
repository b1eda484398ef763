/**
 * Growth with the number of sessions, as a table.
 *
 * @module
 */
import { group, micros, table } from "../table.ts";
import type { GrowthRow } from "./measure.ts";

/** Fewer sessions than that cannot be told from the rest of the process. */
const TELLING = 100_000;

/** Of what express-session's MemoryStore takes: memory for a session, and a full collection's pause at a million. */
const BARS = { memory: 1, pause: 0.25 };

/** By the name that the page marks its place with. */
export function growthSections(rows: readonly GrowthRow[]): Record<string, string> {
  if (rows.length === 0) return {};
  const lines = rows.map((row) => [
    `${group(row.sessions)}: ${row.library}`,
    micros(row.read),
    micros(row.write),
    group(row.heap),
    row.sessions < TELLING ? "–" : group(row.rss),
    row.pause.median.toFixed(0),
    row.sessions < TELLING ? "–" : `${(row.kept * 100).toFixed(0)} %`,
  ]);
  const head = [
    "sessions",
    "read adds, µs",
    "write adds, µs",
    "heap, bytes a session",
    "RSS, bytes a session",
    "full GC, ms",
    "RSS kept after expiry",
  ];
  return { growth: table(head, lines) };
}

export function missedGrowthBars(rows: readonly GrowthRow[]): string[] {
  return rows
    .filter(({ library, sessions }) => library === "Holdfast" && sessions >= TELLING)
    .flatMap((ours) => {
      const theirs = rows.find((row) => row.sessions === ours.sessions && row.library !== "Holdfast");
      if (theirs === undefined) return [];
      const missed: string[] = [];
      if (ours.rss > BARS.memory * theirs.rss) missed.push(`memory of ${group(ours.sessions)} sessions`);
      const isLong = ours.pause.median > BARS.pause * theirs.pause.median;
      if (ours.sessions >= 1_000_000 && isLong) missed.push(`full GC with ${group(ours.sessions)} sessions`);
      return missed;
    });
}
