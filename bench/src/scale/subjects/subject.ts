import type { Store, StoredRecord } from "holdfast/store";

export const STORES = ["memory", "sqlite", "redis", "redis-cluster", "postgres"] as const;
export type StoreName = (typeof STORES)[number];

/** A store with so many sessions in it, to be measured. */
export interface Subject {
  readonly store: Store<unknown>;
  /** Where other processes find it; `undefined`: they cannot. */
  readonly address: string | undefined;
  /** A record for {@link Store.create}, of this user. */
  record(user: string): StoredRecord<unknown>;
  /** What is stored takes this much, in bytes. */
  bytes(): Promise<number>;
  /** Processor time of each server so far, in microseconds; none where the store is in this process. */
  serverTime(): Promise<readonly number[]>;
  /** The cheapest thing that can be asked of the server, to compare with; `undefined` where there is none. */
  readonly baseline: { readonly name: string; run(): Promise<unknown> } | undefined;
  /** Adds sessions by a faster way than {@link Store.create}, where there is one. */
  fill?(count: number, progress: (done: number) => void): Promise<void>;
  close(): Promise<void>;
}
