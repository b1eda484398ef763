/**
 * The table of `docs/reference/hostile-input.md`.
 *
 * @module
 */
import { type Spread, spreadOf } from "../statistics.ts";
import { digits, table } from "../table.ts";
import type { HostileClass, HostileGroup } from "./hostile-class.ts";
import { NODE_LIMIT } from "./request-bytes.ts";
import type { Outcome, Round } from "./trial.ts";

/** What all processes have found of one class. */
export interface Row {
  readonly group: HostileGroup;
  readonly hostile: HostileClass;
  readonly outcome: Outcome;
}

/** More than this of an honest request is out of line, unless a signature is verified or the app's own parser takes it. */
const MOST_HONEST = 20;
const MOST_BESIDE_PARSER = 2;

/** More than this for twice the bytes is more than linear, and more than noise: a square would be 4. */
const MOST_GROWTH = 3;

const HEAD = ["what is sent", "status", "store", "bytes", "honest = 1", "bare = 1", "twice the bytes"];

export function tableOf(rows: readonly Row[]): string {
  return table(HEAD, rows.map(cellsOf));
}

function cellsOf({ hostile, outcome: { status, storeCalls, bytes, headBytes, rounds } }: Row): string[] {
  return [
    `${hostile.title}${hostile.signature === true ? " †" : ""}`,
    String(status),
    String(storeCalls),
    `${bytes.toLocaleString("en-US")}${headBytes > NODE_LIMIT ? " *" : ""}`,
    spread(ratioOf(rounds, (it) => it.hostile / it.honest)),
    digits(ratioOf(rounds, (it) => it.hostile / it.bare).median),
    hostile.bytes === undefined ? "–" : digits(growthOf(rounds).median),
  ];
}

/** What costs most of an honest request: of all that is neither signature nor parser, or of the signatures. */
export function worst(rows: readonly Row[], signatures: boolean): Row | undefined {
  return rows
    .filter((row) => (signatures ? row.hostile.signature === true : isOurs(row)))
    .sort((a, b) => honestRatio(b).median - honestRatio(a).median)[0];
}

export const honestRatio = ({ outcome }: Row): Spread =>
  ratioOf(outcome.rounds, (it) => it.hostile / it.honest);

/** Rows that cost more than they may, or more than twice as much for twice the bytes. */
export function outOfLine(rows: readonly Row[]): readonly Row[] {
  return rows.filter((row) => {
    if (!isOurs(row)) return false;
    if (honestRatio(row).median > MOST_HONEST) return true;
    return row.hostile.bytes !== undefined && growthOf(row.outcome.rounds).median > MOST_GROWTH;
  });
}

/** False where nearly all is the verification of a signature, or the app's own parser at work on a body. */
function isOurs({ hostile, outcome: { rounds, hasBody } }: Row): boolean {
  if (hostile.signature === true) return false;
  return !hasBody || ratioOf(rounds, (it) => it.hostile / it.bare).median > MOST_BESIDE_PARSER;
}

// Each round is compared with itself, then the median round is taken.
function ratioOf(rounds: readonly Round[], ratio: (round: Round) => number): Spread {
  return spreadOf(rounds.map(ratio));
}

function growthOf(rounds: readonly Round[]): Spread {
  return ratioOf(rounds, (it) => it.hostile / (it.half ?? Number.NaN));
}

function spread({ low, median, high }: Spread): string {
  return `${digits(median)} (${digits(low)}–${digits(high)})`;
}
