import type { SessionOptions } from "holdfast";
import type { StoreCapabilities } from "holdfast/store";

/** What an app process is to be. */
export interface AppPlan {
  readonly store: StorePlan;
  readonly secret: string;
  /** By how much its clock is ahead, in milliseconds. */
  readonly clockOffset: number;
  readonly sessions: Pick<
    SessionOptions,
    "idle" | "absolute" | "anonymousIdle" | "renew" | "renewGrace" | "storeTimeout"
  >;
}

/** Which store it opens. */
export interface StorePlan {
  /** `sqlite:PATH`, `sqlite+handle:PATH`; `redis://…`, `redis+cluster://…`; `postgres://…`. */
  readonly url: string;
  /** Which package talks to Redis. Default `"redis"`. */
  readonly client?: "redis" | "ioredis";
  /** PostgreSQL: how long the pool lets anybody wait, in milliseconds. Default: one second, as an operator should. */
  readonly patience?: number;
  /** PostgreSQL: keeps sessions in an unlogged table. Default false. */
  readonly unlogged?: boolean;
}

/** What an app process tells the harness. */
export type AppReport =
  | {
      readonly type: "ready";
      readonly port: number;
      readonly forgetsAfter: StoreCapabilities["forgetsAfter"];
    }
  | { readonly type: "event"; readonly name: string; readonly text: string }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "memory"; readonly heapBytes: number }
  | { readonly type: "pruned"; readonly records: number };
