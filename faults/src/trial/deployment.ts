import { randomBytes } from "node:crypto";
import type { AppPlan, StorePlan } from "../app/plan.ts";
import { AppProcess } from "../app/process.ts";
import { REQUEST_DEADLINE, STORE_DEADLINE } from "./scale.ts";

/** A secret that has been replaced must be good for as long as a request may take that has come with it. */
const GRACE = REQUEST_DEADLINE + 500;
const RENEWED_SOON = { renew: 2 * GRACE, renewGrace: GRACE };

export interface DeploymentOptions {
  /** By how much the second process's clock is ahead, in milliseconds. Default 0. */
  readonly skew?: number;
  readonly sessions?: AppPlan["sessions"];
  /** Opens the store in another way. */
  readonly store?: (store: StorePlan) => StorePlan;
}

/** Two app processes on one store; with Redis, each with another client. */
export class Deployment {
  readonly apps: readonly AppProcess[];

  private constructor(apps: readonly AppProcess[]) {
    this.apps = apps;
  }

  static async start(store: StorePlan, options: DeploymentOptions = {}): Promise<Deployment> {
    const { skew = 0, sessions = RENEWED_SOON } = options;
    const secret = randomBytes(32).toString("base64url");
    const plan = {
      store: options.store?.(store) ?? store,
      secret,
      sessions: { storeTimeout: STORE_DEADLINE, ...sessions },
    };
    const deployment = new Deployment([
      new AppProcess("one", { ...plan, clockOffset: 0 }),
      new AppProcess("two", { ...plan, store: { ...plan.store, client: "ioredis" }, clockOffset: skew }),
    ]);
    await Promise.all(deployment.apps.map((app) => app.start()));
    return deployment;
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
  }
}
