/**
 * What sessions may cost: the instructions that Holdfast adds to a request of each scenario, in `instructions.json`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { ScenarioName } from "../scenarios.ts";

const FILE = new URL("../../instructions.json", import.meta.url);

export interface Budget {
  /** The major version of Node.js it was counted with: another one compiles another code. */
  readonly node: number;
  readonly instructions: Readonly<Partial<Record<ScenarioName, number>>>;
}

/**
 * How far off the budget is allowed. Two runs of the same code differ by a hundredth; from another folder it may be
 * compiled in another way, for a tenth more or less.
 */
const MARGIN = 0.15;

/** Of next to nothing that is less than what two runs differ by. Instructions. */
const LEAST_MARGIN = 2000;

/** `"under"`: so far below the budget that a regression would pass; `"none"`: the scenario is new. */
export type Verdict = "within" | "over" | "under" | "none";

export function judge(instructions: number, budget: number | undefined): Verdict {
  if (budget === undefined) return "none";
  const margin = Math.max(budget * MARGIN, LEAST_MARGIN);
  if (instructions > budget + margin) return "over";
  return instructions < budget - margin ? "under" : "within";
}

export function readBudget(): Budget {
  return JSON.parse(readFileSync(FILE, "utf8"));
}

export function writeBudget(budget: Budget): void {
  writeFileSync(FILE, `${JSON.stringify(budget, null, 2)}\n`);
}
