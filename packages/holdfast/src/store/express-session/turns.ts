/** Runs tasks of one name one after another, and those of different names side by side. Keeps nothing when idle. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** How many names have tasks under way. */
  get size(): number {
    return this.#last.size;
  }

  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const result = before === undefined ? task() : before.then(task);
    const ended = (): void => {
      if (this.#last.get(name) === done) this.#last.delete(name);
    };
    const done: Promise<void> = result.then(ended, ended);
    this.#last.set(name, done);
    return result;
  }
}
