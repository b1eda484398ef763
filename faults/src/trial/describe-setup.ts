import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Engine } from "../engines/engine.ts";
import { conformance } from "./conformance.ts";
import { Deployment, type DeploymentOptions } from "./deployment.ts";
import { type FaultOf, faults, type Setup, setups } from "./matrix.ts";
import { saveResult } from "./results.ts";
import { type Scene, type TrialReport, trial } from "./trial.ts";

/** One fault of one setup. */
export interface Trial<E extends Engine> {
  /** Breaks something, and puts it right again. */
  readonly scenario: (engine: E, scene: Scene) => Promise<void>;
  /** True: clients must notice, by some 503; a trial in which they do not has tried nothing. */
  readonly noticed: boolean;
  /** Whether the store forgets something, as it says that it may; `"maybe"` where chance decides. Default false. */
  readonly forgets?: boolean | "maybe";
  /** How soon everything must work again, in milliseconds, where that depends on more than Holdfast. */
  readonly recovery?: number;
  /** For a trial that needs processes of its own. */
  readonly deployment?: DeploymentOptions;
}

/**
 * The trials of a setup, one after the other on the same server and the same two app processes: what survives one fault
 * has to survive the next.
 *
 * @param start - starts the server; `skip` says why it cannot be had
 */
export function describeSetup<S extends Setup, E extends Engine>(
  setup: S,
  { start, skip }: { start: () => Promise<E>; skip: string | false },
  trials: Readonly<Record<FaultOf<S>, Trial<E>>>,
): void {
  const { title } = setups[setup];
  describe(title, { skip }, () => {
    let engine: E;
    let shared: Deployment | undefined;
    before(async () => {
      engine = await start();
    });
    after(async () => {
      await shared?.stop();
      await engine.stop();
    });
    const sharedDeployment = async (): Promise<Deployment> => {
      if (shared?.apps.every(({ running }) => running)) return shared;
      await shared?.stop();
      shared = await Deployment.start(engine.store);
      return shared;
    };
    it("The contract", { timeout: 120_000 }, async () => {
      const kept = await conformance(engine.store);
      saveResult({ setup, fault: "contract", held: `${kept} of ${kept}`, engine: engine.version });
    });
    for (const fault of setups[setup].faults as readonly FaultOf<S>[]) {
      const { scenario, noticed, forgets = false, recovery, deployment } = trials[fault];
      it(faults[fault], { timeout: 120_000 }, async () => {
        const own = deployment && (await Deployment.start(engine.store, deployment));
        try {
          const report = await trial(
            own ?? (await sharedDeployment()),
            (scene) => scenario(engine, scene),
            recovery,
          );
          judge(report, noticed, forgets);
          const { requests, unavailable, slowest, recovered } = report;
          const figures = { requests, unavailable, slowest, recovered };
          saveResult({ setup, fault, held: held(report), engine: engine.version, figures });
        } finally {
          await own?.stop();
        }
      });
    }
  });
}

function judge(report: TrialReport, noticed: boolean, forgets: boolean | "maybe"): void {
  const broken = report.violations.map(({ rule, text }) => `${rule}: ${text}`);
  if (broken.length > 0) {
    const losses = report.history.losses.map((loss) => `a loss: ${JSON.stringify(loss)}`);
    assert.fail([`${broken.length} violations`, ...broken.slice(0, 20), ...losses].join("\n"));
  }
  if (noticed) assert.ok(report.unavailable > 0, "no client noticed the fault");
  if (forgets !== "maybe") assert.equal(report.forgotten > 0, forgets, "the store forgot something");
}

function held({ forgotten }: TrialReport): string {
  return forgotten === 0 ? "nothing lost" : "sessions lost, as declared";
}
