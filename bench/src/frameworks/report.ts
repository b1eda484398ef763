import { table } from "../table.ts";
import type { FrameworkRow } from "./measure.ts";
import type { FrameworkLibrary } from "./tasks.ts";

const KEPT_IN: Readonly<Record<FrameworkLibrary, string>> = {
  "express-session": "memory",
  Holdfast: "memory",
  "@fastify/session": "memory",
  "@fastify/secure-session": "the cookie, sealed",
  "@hono/session": "memory, the id sealed",
};

/** By the name that the page marks its place with. */
export function frameworkSections(rows: readonly FrameworkRow[]): Record<string, string> {
  if (rows.length === 0) return {};
  const lines = rows.map(({ framework, library, page, bare, cpu, adds: { low, median, high } }) => [
    `${page}: ${framework}, ${library}`,
    KEPT_IN[library],
    bare.median.toFixed(0),
    cpu.median.toFixed(0),
    `${median.toFixed(0)} (${low.toFixed(0)}–${high.toFixed(0)})`,
  ]);
  const head = ["", "kept in", "framework alone, µs", "with sessions, µs", "sessions add, µs"];
  return { "http-frameworks": table(head, lines, 2) };
}
