import { ARENA_TITLES } from "../contenders/arenas.ts";
import { table } from "../table.ts";
import { type LostRow, WRITERS } from "./measure.ts";

/** By the name that the page marks its place with. */
export function lostSections(rows: readonly LostRow[]): Record<string, string> {
  if (rows.length === 0) return {};
  const lines = rows.map(({ arena, library, fields, increments, refused }) => [
    `${ARENA_TITLES[arena]}: ${library}`,
    String(fields),
    String(increments),
    String(refused),
  ]);
  const head = [`of ${WRITERS} writes at once`, "lost: fields of their own", "lost: one counter", "refused"];
  return { lost: table(head, lines) };
}

/** What we have lost ourselves. A session in the cookie has nobody who could put writes together. */
export function missedLost(rows: readonly LostRow[]): string[] {
  return rows
    .filter((row) => row.library === "Holdfast" && row.arena !== "cookie" && row.fields + row.increments > 0)
    .map((row) => `no write lost on ${ARENA_TITLES[row.arena]}`);
}
