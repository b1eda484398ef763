/**
 * What the measuring process and a server's process say to each other.
 *
 * @module
 */
export const SERVED = ["bare", "express-session", "Holdfast"] as const;
export type Served = (typeof SERVED)[number];
export const HTTP_STORES = ["memory", "redis"] as const;
export type HttpStore = (typeof HTTP_STORES)[number];

export interface ServerTask {
  readonly library: Served;
  readonly store: HttpStore;
  readonly redis: string | undefined;
}

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
