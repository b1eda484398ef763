/**
 * How long an operation of the store may take, from one option.
 *
 * @module
 */

import { LONGEST_TIMER } from "../../duration.ts";

/** The first load of keys may come from a vault, across a slower line than the store's. */
const KEYS = 6;
/** What goes through everything, and what happens once: nobody's request waits for it. */
const PATIENT = 20;

const PATIENT_OPERATIONS: ReadonlySet<string> = new Set([
  "open",
  "scan",
  "countByKey",
  "deleteByKey",
  "deleteAll",
  "prune",
  "legacy_clear",
  "legacy_count",
]);

/** Milliseconds. */
export class Deadlines {
  /** For what a request waits for. */
  readonly operation: number;
  /** Six times as long: for a provider of keys. */
  readonly keys: number;
  /** Twenty times as long: for opening, and for operators' work on all records. */
  readonly patient: number;

  constructor(operation: number) {
    this.operation = operation;
    this.keys = Math.min(operation * KEYS, LONGEST_TIMER);
    this.patient = Math.min(operation * PATIENT, LONGEST_TIMER);
  }

  of(operation: string): number {
    return isPatient(operation) ? this.patient : this.operation;
  }
}

export function isPatient(operation: string): boolean {
  return PATIENT_OPERATIONS.has(operation);
}
