/**
 * What is measured: every kind of request in every arena, then what else may matter, one thing at a time.
 *
 * @module
 */
import { ARENAS, type ArenaName } from "../contenders/arenas.ts";
import { IN_FLIGHT } from "../drive.ts";
import { PROFILE_BYTES, SIZES } from "../profile.ts";
import { SCENARIO_NAMES, type ScenarioName, scenarioOf } from "../scenarios.ts";
import type { TrialPlan } from "../trial.ts";
import { barOf } from "./bars.ts";

/** A trial in so many fresh processes; it has no servers yet. */
export interface Entry extends Omit<TrialPlan, "servers"> {
  readonly processes: number;
}

export interface Extent {
  /** For what has a bar; one for everything else. */
  readonly processes: number;
  readonly rounds: number;
  /** How many rounds' requests go to each before anything is measured: until then V8 compiles what they use. */
  readonly warmUp: number;
}

/** Requests to each in a round. */
export const REQUESTS: Readonly<Record<ArenaName, number>> = {
  memory: 800,
  sqlite: 260,
  redis: 260,
  postgres: 130,
  cookie: 130,
};

export const FULL: Extent = { processes: 3, rounds: 15, warmUp: 18 };
export const QUICK: Extent = { processes: 1, rounds: 7, warmUp: 12 };

/** What the bars are about. */
export const USUAL = { carrier: "node:http", bytes: PROFILE_BYTES, inFlight: IN_FLIGHT } as const;

/** A cookie holds no more than that in each of these libraries. */
const MOST_IN_COOKIE = 2_400;

export function entriesOf(extent: Extent): Entry[] {
  return [...main(extent), ...sizes(extent), ...express(extent), ...inFlight(extent)];
}

/** What can be told in less than a minute. */
export function fewEntriesOf(extent: Extent): Entry[] {
  return main(extent).filter(({ arena, scenario }) =>
    arena === "memory"
      ? !isDue(scenario) && scenario !== "logout"
      : arena !== "cookie" && (scenario === "read" || scenario === "write"),
  );
}

function main(extent: Extent): Entry[] {
  return ARENAS.flatMap((arena) =>
    SCENARIO_NAMES.filter((scenario) => isSensible(arena, scenario)).map((scenario) =>
      entry(extent, { ...USUAL, arena, scenario }),
    ),
  );
}

function sizes(extent: Extent): Entry[] {
  return ARENAS.flatMap((arena) =>
    SIZES.filter(
      (bytes) => bytes !== PROFILE_BYTES && (arena !== "cookie" || bytes <= MOST_IN_COOKIE),
    ).flatMap((bytes) =>
      (["read", "write"] as const).map((scenario) => entry(extent, { ...USUAL, arena, scenario, bytes })),
    ),
  );
}

function express(extent: Extent): Entry[] {
  return ARENAS.flatMap((arena) =>
    (["anonymous", "untouched", "read", "write", "login"] as const).map((scenario) =>
      entry(extent, { ...USUAL, arena, scenario, carrier: "express" }),
    ),
  );
}

function inFlight(extent: Extent): Entry[] {
  return (["memory", "redis", "postgres"] as const).flatMap((arena) =>
    [1, 4, 64].map((many) => entry(extent, { ...USUAL, arena, scenario: "read", inFlight: many })),
  );
}

/** A session that lives in the cookie records activity in a new one, which these requests do not take. */
export function isSensible(arena: ArenaName, scenario: ScenarioName): boolean {
  return arena !== "cookie" || !isDue(scenario);
}

function isDue(scenario: ScenarioName): boolean {
  return scenarioOf(scenario).activityDue === true;
}

function entry(
  { processes, rounds, warmUp }: Extent,
  kind: Omit<Entry, "processes" | "rounds" | "warmUp" | "requests">,
): Entry {
  const many = barOf(kind) === undefined ? 1 : processes;
  return { ...kind, processes: many, rounds, warmUp, requests: requestsIn(kind) };
}

function requestsIn({ arena, scenario, bytes }: Pick<Entry, "arena" | "scenario" | "bytes">): number {
  // What the store never sees is over so soon that many are needed.
  if (scenario === "anonymous" || scenario === "forged") return REQUESTS.memory;
  // For each session that ends one must be begun, which is not measured.
  const isHeavy = scenario === "logout" || bytes > PROFILE_BYTES;
  return isHeavy ? Math.ceil(REQUESTS[arena] / 2) : REQUESTS[arena];
}
