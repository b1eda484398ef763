import type { TcpProxy } from "test-servers";
import type { StorePlan } from "../app/plan.ts";

/** What sessions are kept in, started for a run of its own. */
export interface Engine {
  readonly store: StorePlan;
  /** Its name and version, for the page. */
  readonly version: string;
  /** How many records or keys there are that will not go away by themselves. */
  leaks(): Promise<number>;
  stop(): Promise<void>;
}

/** One that is reached over a line. */
export interface RemoteEngine extends Engine {
  readonly line: TcpProxy;
}
