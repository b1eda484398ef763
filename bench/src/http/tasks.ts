/**
 * Which libraries are served side by side, and on which stores.
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
