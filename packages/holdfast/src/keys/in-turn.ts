import { type Awaitable, isPromise } from "../awaitable.ts";

/** Runs tasks one after another, in order; at once where nothing is under way and nothing has to be waited for. */
export class InTurn {
  #last: Promise<void> | undefined;

  get busy(): boolean {
    return this.#last !== undefined;
  }

  run<T>(task: () => Awaitable<T>): Awaitable<T> {
    const result = this.#last === undefined ? task() : this.#last.then(task);
    if (!isPromise(result)) return result;
    const done: Promise<void> = result.then(
      () => this.#ended(done),
      () => this.#ended(done),
    );
    this.#last = done;
    return result;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#last !== undefined) await this.#last;
  }

  #ended(done: Promise<void>): void {
    if (this.#last === done) this.#last = undefined;
  }
}
