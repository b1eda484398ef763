/**
 * Which faults each setup is put through: the rows and columns of docs/reference/stores-under-faults.md. A setup's file
 * in `trials/` must have exactly these, by its types.
 *
 * @module
 */

/** What goes wrong, while clients are at work. */
export const faults = {
  killed: "Killed (`kill -9`) and started again",
  frozen: "Frozen (`SIGSTOP`)",
  locked: "Locks held by others",
  full: "No room left",
  clocks: "Two app processes, clocks 5 s apart",
} as const;

export type Fault = keyof typeof faults;

/** What the sessions are kept in. */
export const setups = {
  sqlite: {
    title: "SQLite",
    faults: ["killed", "frozen", "locked", "full", "clocks"],
  },
} as const satisfies Record<string, { title: string; faults: readonly Fault[] }>;

export type Setup = keyof typeof setups;

/** The faults of one setup. */
export type FaultOf<S extends Setup> = (typeof setups)[S]["faults"][number];
