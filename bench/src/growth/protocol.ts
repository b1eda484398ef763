/**
 * What the measuring process and a process full of sessions say to each other.
 *
 * @module
 */
export const GROWN = ["express-session, MemoryStore", "Holdfast"] as const;
export type Grown = (typeof GROWN)[number];

export interface GrowthTask {
  readonly library: Grown;
  readonly sessions: number;
}

/** The first words: what the sessions take. */
export interface Filled {
  /** Bytes of heap and of what is outside of it, for each session. */
  readonly heap: number;
  /** Bytes of the process in the machine's memory, for each session. */
  readonly rss: number;
}

export type Order =
  | { readonly type: "cost"; readonly scenario: "read" | "write" }
  | { readonly type: "pause" }
  | { readonly type: "expire" };

/**
 * For `cost`, microseconds that a request adds to the bare handler; for `pause`, milliseconds of a full garbage
 * collection; for `expire`, the share of the memory that is still taken when all sessions have expired.
 */
export type Answer = number;
