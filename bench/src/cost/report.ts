/**
 * What sessions cost a request, as tables.
 *
 * @module
 */
import { ARENA_TITLES, ARENAS, type ArenaName } from "../contenders/arenas.ts";
import { IN_FLIGHT } from "../drive.ts";
import { PROFILE_BYTES, SIZES } from "../profile.ts";
import { SCENARIO_NAMES, scenarioOf } from "../scenarios.ts";
import { group, micros, ratio, table } from "../table.ts";
import { barOf, meetsBar } from "./bars.ts";
import type { CostRow } from "./result.ts";

/** By the name that the page marks their places with; only those there is something for. */
export function costSections(rows: readonly CostRow[]): Record<string, string> {
  const sections: Record<string, string> = {};
  const add = (name: string, text: string | undefined): void => {
    if (text !== undefined) sections[name] = text;
  };
  add("bars", barsTable(rows));
  for (const arena of ARENAS)
    add(`cost-${arena}`, arenaTable(rows.filter((it) => isUsual(it) && it.arena === arena)));
  add("cost-express", expressTable(rows));
  add("cost-sizes", sizesTable(rows));
  add("cost-in-flight", inFlightTable(rows));
  return sections;
}

/** The rows that miss their bar, in words. */
export function missedBars(rows: readonly CostRow[]): string[] {
  return rows
    .filter((row) => !meetsBar(row))
    .map((row) => `${scenarioOf(row.scenario).title} on ${ARENA_TITLES[row.arena]}`);
}

function isUsual({ carrier, bytes, inFlight }: CostRow): boolean {
  return carrier === "node:http" && bytes === PROFILE_BYTES && inFlight === IN_FLIGHT;
}

/** All bars at a glance, each with what was measured. */
function barsTable(rows: readonly CostRow[]): string | undefined {
  const barred = rows.filter((row) => barOf(row) !== undefined);
  if (barred.length === 0) return undefined;
  const arenas = ARENAS.filter((arena) => barred.some((row) => row.arena === arena));
  const lines = SCENARIO_NAMES.filter((name) => barred.some((row) => row.scenario === name)).map((name) => [
    scenarioOf(name).title,
    ...arenas.map((arena) => verdict(barred.find((row) => row.arena === arena && row.scenario === name))),
  ]);
  return table(["", ...arenas.map((arena) => ARENA_TITLES[arena])], lines);
}

function verdict(row: CostRow | undefined): string {
  const [peer] = row?.peers ?? [];
  if (row === undefined || peer === undefined) return "–";
  return `${ratio(peer.ratio)}, bar ${barOf(row)}x ${meetsBar(row) ? "met" : "MISSED"}`;
}

/** One arena: what the bare handler takes, what each library adds, and how the peers compare with Holdfast. */
function arenaTable(rows: readonly CostRow[]): string | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const peers = first.peers.map(({ name }) => name);
  const head = [
    "request",
    "bare, µs",
    ...peers.map((name) => `${name} adds, µs`),
    "Holdfast adds, µs",
    ...peers.map((name) => `${name} : Holdfast`),
  ];
  const lines = rows.map((row) => [
    scenarioOf(row.scenario).title,
    micros(row.bare),
    ...row.peers.map(({ adds }) => micros(adds)),
    micros(row.adds),
    ...row.peers.map((peer) => ratio(peer.ratio)),
  ]);
  return table(head, lines);
}

/** The first peer of each arena, on Express. */
function expressTable(rows: readonly CostRow[]): string | undefined {
  const found = rows.filter(({ carrier }) => carrier === "express");
  return byArena(
    found,
    (row) => row.scenario,
    (name) => scenarioOf(name).title,
  );
}

function sizesTable(rows: readonly CostRow[]): string | undefined {
  const found = rows.filter(
    ({ carrier, inFlight, scenario }) =>
      carrier === "node:http" && inFlight === IN_FLIGHT && (scenario === "read" || scenario === "write"),
  );
  if (!found.some(({ bytes }) => bytes !== PROFILE_BYTES)) return undefined;
  const lines = ARENAS.flatMap((arena) =>
    (["read", "write"] as const)
      .map((scenario) => found.filter((row) => row.arena === arena && row.scenario === scenario))
      .filter((same) => same.length > 0)
      .map((same) => [
        `${against(same[0])}, ${same[0]?.scenario}`,
        ...SIZES.map((bytes) => cell(same.find((row) => row.bytes === bytes))),
      ]),
  );
  return table(["", ...SIZES.map((bytes) => `${group(bytes)} bytes`)], lines);
}

function inFlightTable(rows: readonly CostRow[]): string | undefined {
  const found = rows.filter(
    ({ carrier, bytes, scenario }) =>
      carrier === "node:http" && bytes === PROFILE_BYTES && scenario === "read",
  );
  const numbers = [...new Set(found.map(({ inFlight }) => inFlight))].sort((a, b) => a - b);
  if (numbers.length < 2) return undefined;
  const lines = ARENAS.map((arena) => found.filter((row) => row.arena === arena))
    .filter((same) => same.length > 1)
    .map((same) => [
      against(same[0]),
      ...numbers.map((many) => cell(same.find(({ inFlight }) => inFlight === many))),
    ]);
  return table(["", ...numbers.map((many) => `${many} in flight`)], lines);
}

/** A table of ratios: an arena in each column. */
function byArena<Key extends string>(
  rows: readonly CostRow[],
  keyOf: (row: CostRow) => Key,
  titleOf: (key: Key) => string,
): string | undefined {
  if (rows.length === 0) return undefined;
  const arenas = ARENAS.filter((arena) => rows.some((row) => row.arena === arena));
  const keys = [...new Set(rows.map(keyOf))];
  const find = (key: Key, arena: ArenaName): CostRow | undefined =>
    rows.find((row) => keyOf(row) === key && row.arena === arena);
  const head = arenas.map((arena) => against(rows.find((row) => row.arena === arena)));
  return table(
    ["", ...head],
    keys.map((key) => [titleOf(key), ...arenas.map((arena) => cell(find(key, arena)))]),
  );
}

/** Who is compared with Holdfast in an arena. */
function against(row: CostRow | undefined): string {
  return row?.peers[0]?.name ?? "";
}

function cell(row: CostRow | undefined): string {
  const [peer] = row?.peers ?? [];
  return peer === undefined ? "–" : ratio(peer.ratio);
}
