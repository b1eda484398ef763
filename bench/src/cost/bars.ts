/**
 * How many times less than the first peer of its arena Holdfast must add.
 *
 * @module
 */
import type { ArenaName } from "../contenders/arenas.ts";
import { IN_FLIGHT } from "../drive.ts";
import { PROFILE_BYTES } from "../profile.ts";
import type { ScenarioName } from "../scenarios.ts";
import type { CostRow } from "./result.ts";

const BARS: Partial<Record<ArenaName, Partial<Record<ScenarioName, number>>>> = {
  memory: { anonymous: 15, forged: 10, untouched: 30, read: 6, write: 6, login: 5 },
  sqlite: { anonymous: 15, forged: 10, untouched: 15, read: 5, write: 4, login: 2.5 },
  redis: { anonymous: 15, forged: 10, untouched: 4, read: 3, write: 2.5, login: 3 },
  postgres: { anonymous: 15, forged: 10, untouched: 3, read: 2.5, write: 2, login: 2 },
};

type Kind = Pick<CostRow, "arena" | "scenario" | "carrier" | "bytes" | "inFlight">;

/** The bar of a row, if there is one: they are for one size of session, on plain `node:http`. */
export function barOf({ arena, scenario, carrier, bytes, inFlight }: Kind): number | undefined {
  if (carrier !== "node:http" || bytes !== PROFILE_BYTES || inFlight !== IN_FLIGHT) return undefined;
  return BARS[arena]?.[scenario];
}

export function meetsBar(row: CostRow): boolean {
  return (row.peers[0]?.ratio.median ?? 0) >= (barOf(row) ?? 0);
}
