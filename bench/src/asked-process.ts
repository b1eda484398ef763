import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { startTask } from "./task-process.ts";

/** A process that is told what to do, one thing after another, and answers each; it ends when its parent lets go. */
export class AskedProcess<Order, Answer> {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /**
   * Starts a module that calls {@link attend}.
   *
   * @param task - what it is told on its command line
   * @param node - another version's `node`
   * @returns the process with its first words
   */
  static async start<Order, Answer, First>(
    module: URL,
    task: unknown,
    node?: string,
  ): Promise<{ asked: AskedProcess<Order, Answer>; first: First }> {
    const child = startTask(module, task, node);
    const asked = new AskedProcess<Order, Answer>(child);
    const first: First = await asked.#next(JSON.stringify(task));
    return { asked, first };
  }

  ask(order: Order & object): Promise<Answer> {
    const answered = this.#next<Answer>(JSON.stringify(order));
    this.#process.send(order);
    return answered;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.disconnect();
    await ended;
  }

  #next<Message>(during: string): Promise<Message> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`${during}: ended with code ${code}`));
      this.#process.once("exit", ended);
      this.#process.once("message", (message) => {
        this.#process.off("exit", ended);
        resolve(message as Message);
      });
    });
  }
}

/** In the child: says the first words, answers orders, and cleans up when the parent lets go. */
export function attend<Order, Answer, First>(
  first: First,
  answer: (order: Order) => Answer | Promise<Answer>,
  close: () => Promise<void>,
): void {
  process.on("message", async (order: Order) => process.send?.(await answer(order)));
  process.on("disconnect", () => {
    close().finally(() => process.exit());
  });
  process.send?.(first);
}
