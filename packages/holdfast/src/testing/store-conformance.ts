import type { Awaitable } from "../awaitable.ts";
import type { Store, StoreLack } from "../store/contract.ts";
import { contentClauses } from "./conformance/contents.ts";
import { expiringValueClauses } from "./conformance/expiring-values.ts";
import { generationClauses } from "./conformance/generations.ts";
import { lackClauses } from "./conformance/lacks.ts";
import { limitClauses } from "./conformance/limits.ts";
import { raceClauses } from "./conformance/races.ts";
import { recordClauses } from "./conformance/records.ts";
import { scanClauses } from "./conformance/scan.ts";
import { skewClauses } from "./conformance/skew.ts";
import { touchClauses } from "./conformance/touches.ts";
import type { Clause } from "./conformance/trial.ts";
import { upkeepClauses } from "./conformance/upkeep.ts";
import { userClauses } from "./conformance/users.ts";
import { valueClauses } from "./conformance/values.ts";
import { watchClauses } from "./conformance/watching.ts";

/** A store to test, with what the suite needs around it. */
export interface ConformanceSubject {
  /** Open and empty. */
  readonly store: Store;
  /**
   * Another connection to the same data, as a second process would have. Left out where the data cannot be
   * shared. Given, every case writes through one and looks through the other. The suite closes it.
   */
  reopen?(): Awaitable<Store>;
  /**
   * True if the engine removes what has expired by its own clock, so that `prune` finds nothing and time that is passed
   * in makes the store forget nothing. Default false.
   */
  readonly expiresByItself?: boolean;
  /** Releases everything, data included. The suite may have closed the store before. */
  close(): Awaitable<void>;
}

/** What is known of the store beforehand. */
export interface ConformanceOptions {
  /**
   * What the store says that it lacks (`capabilities.lacks`); it is held to refuse that, and to lack nothing else.
   * Default: nothing.
   */
  readonly lacks?: readonly StoreLack[] | undefined;
}

/** One sentence of the contract. */
export interface ConformanceCase {
  /** What the store does, as a sentence without its subject. */
  readonly name: string;
  /** Why it is not to be run: the store lacks what the sentence needs. `undefined`: it must hold. */
  readonly skip: string | undefined;
  /** Opens a subject of its own and holds it to the sentence; rejects with an `AssertionError` if it fails. */
  run(): Promise<void>;
}

/**
 * The contract of session stores ({@link Store}) as tests, for the runner of your choice. Time is passed in, so
 * nothing waits; the whole takes well under a second on a store in memory.
 *
 * @param open - makes a fresh, empty store; called once for each case
 * @returns the cases, in any order to run; those whose sentence needs what the store lacks have a `skip`
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { storeConformance } from "holdfast/testing";
 *
 * describe("MyStore", () => {
 *   const open = () => {
 *     const store = new MyStore();
 *     return { store, close: () => store.close() };
 *   };
 *   for (const { name, skip, run } of storeConformance(open)) it(name, { skip }, run);
 * });
 * ```
 */
export function storeConformance(
  open: () => Awaitable<ConformanceSubject>,
  { lacks = [] }: ConformanceOptions = {},
): ConformanceCase[] {
  const clauses: readonly Clause[] = [
    ...recordClauses,
    ...touchClauses,
    ...contentClauses,
    ...userClauses,
    ...generationClauses,
    ...limitClauses,
    ...raceClauses,
    ...skewClauses,
    ...upkeepClauses,
    ...valueClauses,
    ...expiringValueClauses,
    ...scanClauses,
    ...watchClauses,
    ...lackClauses(lacks),
  ];
  return clauses.map(([name, check, needs = []]) => {
    const missing = needs.filter((need) => lacks.includes(need));
    const skip = missing.length === 0 ? undefined : `the store lacks ${missing.join(", ")}`;
    return { name, skip, run: () => runCase(open, check) };
  });
}

async function runCase(open: () => Awaitable<ConformanceSubject>, check: Clause[1]): Promise<void> {
  const subject = await open();
  try {
    const { store } = subject;
    const other = subject.reopen === undefined ? store : await subject.reopen();
    try {
      // The real time, for stores whose engine has a clock of its own.
      await check({ store, other, now: Date.now(), expiresByItself: subject.expiresByItself ?? false });
    } finally {
      if (other !== store) await other.close();
    }
  } finally {
    await subject.close();
  }
}
