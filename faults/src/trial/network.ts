/**
 * What a network can do to any server: the same trials for each that is reached over a line.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine, RemoteEngine } from "../engines/engine.ts";
import type { Trial } from "./describe-setup.ts";
import { FROZEN, STORE_DEADLINE, TROUBLE } from "./scale.ts";

export const networkTrials = {
  cut: {
    noticed: true,
    scenario: async ({ line }) => {
      line.worsen({ cut: 10 });
      await delay(TROUBLE);
      line.mend();
    },
  },
  slow: {
    noticed: true,
    scenario: async ({ line }, { unavailable }) => {
      line.worsen({ latency: STORE_DEADLINE / 5 });
      await delay(TROUBLE);
      line.worsen({ latency: STORE_DEADLINE * 1.5 });
      await unavailable(10);
      line.mend();
    },
  },
  dripping: {
    noticed: false,
    scenario: async ({ line }) => {
      line.worsen({ drip: 7 });
      await delay(TROUBLE);
      line.mend();
    },
  },
  silent: {
    noticed: true,
    scenario: async ({ line }) => {
      line.worsen({ silent: true });
      await delay(FROZEN);
      line.mend();
    },
  },
  halfOpen: {
    noticed: true,
    // A pool's idle connections are found out one by one, or when the pool drops them after ten seconds.
    recovery: 20_000,
    scenario: async ({ line }, { unavailable }) => {
      line.halfOpen();
      await unavailable(10);
    },
  },
} as const satisfies Record<string, Trial<RemoteEngine>>;

/** The same on every engine: nothing breaks but the agreement on the time. */
export const clocks: Trial<Engine> = {
  noticed: false,
  deployment: { skew: 5_000, sessions: {} },
  scenario: () => delay(TROUBLE),
};
