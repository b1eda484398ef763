/**
 * What clients of a deployment did and were told: the record that {@link check} judges. Times are milliseconds of one
 * clock, the harness's own, whatever the clocks of the apps say.
 *
 * @module
 */

/** What a request asked for, and what its reply showed. */
export type Act =
  | {
      readonly kind: "sign-in";
      readonly user: string;
      readonly session: string | null;
      readonly replaces: string | null;
    }
  | { readonly kind: "look"; readonly session: string; readonly seen: Sight | null }
  | { readonly kind: "write"; readonly session: string; readonly mark: string; readonly seen: Sight | null }
  /** Ends one session: from within, by signing out, or from outside, by an operator. */
  | { readonly kind: "end"; readonly session: string; readonly by: "itself" | "operator" }
  | { readonly kind: "end-user"; readonly user: string }
  | { readonly kind: "end-all" };

/** What the app saw in the session when it loaded it. */
export interface Sight {
  readonly user: string;
  readonly marks: ReadonlySet<string>;
}

/**
 * - `"ok"`: acknowledged.
 * - `"refused"`: the app answered that nobody is signed in.
 * - `"unknown"`: an error or no reply; it may or may not have happened, now or later.
 */
export type Outcome = "ok" | "refused" | "unknown";

export interface Operation {
  readonly client: string;
  /** The app process that was asked. */
  readonly app: string;
  readonly act: Act;
  readonly from: number;
  readonly until: number;
  readonly outcome: Outcome;
  /** Of the reply; `undefined` if none came. */
  readonly status: number | undefined;
  /** The error's code, where the reply named one. */
  readonly code: string | undefined;
}

/** Something that made the store forget, as it says that it may. */
export interface Loss {
  readonly cause: string;
  readonly from: number;
  readonly until: number;
  /** What was acknowledged up to so many milliseconds before `from` may be gone. */
  readonly reach: number;
  /** `"writes"`: sessions and data may be gone. `"ends"`: ended sessions may be back. */
  readonly forgets: readonly ("writes" | "ends")[];
}

/** A time in which an app process was not there, because the harness ended it. */
export interface Absence {
  readonly app: string;
  readonly from: number;
  until: number;
}

export class History {
  readonly operations: Operation[] = [];
  readonly losses: Loss[] = [];
  readonly absences: Absence[] = [];
  /** When everything had been put right, if it was ever wrong. */
  mendedAt: number | undefined;

  now(): number {
    return performance.now();
  }

  /** How many operations have been acknowledged so far. */
  acknowledged(): number {
    return this.operations.filter(({ outcome }) => outcome === "ok").length;
  }
}
