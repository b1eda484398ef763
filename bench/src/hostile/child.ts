/**
 * The process in which classes of one group are tried.
 *
 * @module
 */
import { type Outcome, runTrial } from "./trial.ts";

/** What it tells its parent: a round is done, or all of them. */
export type News =
  | { readonly type: "round" }
  | { readonly type: "done"; readonly outcomes: readonly Outcome[] };

const tell = (news: News): void => void process.send?.(news);

const outcomes = await runTrial(JSON.parse(process.argv[2] ?? "null"), () => tell({ type: "round" }));
tell({ type: "done", outcomes });
process.disconnect?.();
