/**
 * Processes of their own, for figures that must not depend on what was measured before.
 *
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";

/**
 * Starts a module for a task, which it is told on its command line. It can collect its garbage when it chooses, and has room
 * for many sessions.
 *
 * @param node - another version's `node`
 */
export function startTask(module: URL, task: unknown, node: string = process.execPath): ChildProcess {
  return fork(module, [JSON.stringify(task)], {
    execArgv: [...process.execArgv, "--expose-gc", "--max-old-space-size=12000"],
    execPath: node,
  });
}

/** In the process: its task. */
export function taskOf<Task>(): Task {
  return JSON.parse(process.argv[2] ?? "null");
}
