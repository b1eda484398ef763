/**
 * What the measuring process and a server's process say to each other.
 *
 * @module
 */
/** The pages that are measured; each is a scenario's name. */
export const PAGES = ["untouched", "read", "write"] as const;
export type Page = (typeof PAGES)[number];

/** The server's first words. */
export interface Listening {
  readonly port: number;
  /** Node's version there. */
  readonly version: string;
}

/** `watch`: event-loop delay too, which takes some processor time itself. */
export type Order = { readonly type: "begin"; readonly watch: boolean } | { readonly type: "end" };

/** What the server has used since the last beginning. */
export interface Used {
  /** Processor time, in microseconds. */
  readonly cpu: number;
  /** The 99th percentile of the event loop's delay, in milliseconds. */
  readonly delay: number;
}
