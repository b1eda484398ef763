/**
 * The process in which one trial runs. Told what to do on its command line, it sends its progress and its rounds to
 * the parent.
 *
 * @module
 */
import { scenarios } from "./scenarios.ts";
import { type Round, runTrial, type TrialPlan } from "./trial.ts";

/** What the parent asks for. */
export interface Task {
  readonly scenario: string;
  readonly plan: TrialPlan;
}

/** What the child says: a round is done, or all of them. */
export type News = { readonly type: "round" } | { readonly type: "done"; readonly rounds: readonly Round[] };

const tell = (news: News): void => void process.send?.(news);

const task: Task = JSON.parse(process.argv[2] ?? "null");
const scenario = scenarios.find(({ name }) => name === task.scenario);
if (scenario === undefined) throw new Error(`no scenario ${task.scenario}`);
const rounds = await runTrial(scenario, task.plan, () => tell({ type: "round" }));
tell({ type: "done", rounds });
process.disconnect?.();
