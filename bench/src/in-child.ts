import { startTask, taskOf } from "./task-process.ts";

/** What a child says: that a step is done, or the result. */
export type News<Result> = { readonly type: "step" } | { readonly type: "done"; readonly result: Result };

export interface ChildOptions {
  readonly onStep?: () => void;
  /** Another version's `node`. Default: this one. */
  readonly node?: string | undefined;
}

/**
 * Does a task in a process of its own, which is told of it on its command line.
 *
 * @param module - calls {@link answer}
 * @throws Error if the process ends without a result
 */
export function inChild<Result>(module: URL, task: unknown, options: ChildOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = startTask(module, task, options.node);
    let news: News<Result> | undefined;
    child.on("message", (message: News<Result>) => {
      news = message;
      if (message.type === "step") options.onStep?.();
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (news?.type === "done" && code === 0) resolve(news.result);
      else reject(new Error(`the process for ${JSON.stringify(task)} ended with code ${code}`));
    });
  });
}

/** In the child: does the task and sends the result. */
export async function answer<Task, Result>(
  work: (task: Task, onStep: () => void) => Promise<Result>,
): Promise<void> {
  const tell = (news: News<Result>): void => void process.send?.(news);
  const result = await work(taskOf<Task>(), () => tell({ type: "step" }));
  tell({ type: "done", result });
  process.disconnect?.();
}
