import type { ScenarioName } from "../scenarios.ts";

export type SubjectName = "bare" | "holdfast" | "express-session";

export function isSubjectName(name: string): name is SubjectName {
  return name === "bare" || name === "holdfast" || name === "express-session";
}

/** Measured slices for each scenario and subject. */
export const SLICES = 5;

/** What the counted process says it has done, in this order, each in {@link SLICES} slices. */
export interface Counted {
  readonly scenario: ScenarioName;
  readonly subject: SubjectName;
  /** In each slice. */
  readonly requests: number;
}
