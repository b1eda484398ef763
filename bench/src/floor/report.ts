/**
 * What cannot be done without beside what is done, as a table.
 *
 * @module
 */
import { ARENA_TITLES } from "../contenders/arenas.ts";
import { barOf } from "../cost/bars.ts";
import { USUAL } from "../cost/matrix.ts";
import { scenarioOf } from "../scenarios.ts";
import type { Spread } from "../statistics.ts";
import { micros, ratio, table } from "../table.ts";
import type { FloorRow } from "./result.ts";

/** What is less cannot be told from the noise, and how many times it something is says nothing. */
const LEAST = 0.3;

export function floorSections(rows: readonly FloorRow[]): Record<string, string> {
  if (rows.length === 0) return {};
  const head = [
    "store",
    "request",
    "what it takes, µs each",
    "floor, µs",
    "Holdfast adds, µs",
    "times the floor",
    "express-session adds, µs",
    "times the floor",
    "bar",
  ];
  return { floor: table(head, rows.map(lineOf), 3) };
}

function lineOf(row: FloorRow): string[] {
  const { arena, scenario, steps, floor, ours, peer } = row;
  const isNothing = floor.median < LEAST;
  const timesOf = (times: Spread): string => (isNothing ? "–" : ratio(times));
  return [
    ARENA_TITLES[arena],
    scenarioOf(scenario).title,
    steps.map(({ name, adds }) => `${name} ${least(adds)}`).join("; "),
    least(floor),
    micros(ours.adds),
    timesOf(ours.times),
    micros(peer.adds),
    timesOf(peer.times),
    `${barOf({ ...USUAL, arena, scenario })}x`,
  ];
}

function least(adds: Spread): string {
  return adds.median < LEAST ? `<${LEAST}` : micros(adds);
}
