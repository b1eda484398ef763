interface Turn {
  last: Promise<void>;
  note: number;
}

/** Runs tasks of one name one after another, and those of different names side by side. Keeps nothing when idle. */
export class Turns {
  readonly #turns = new Map<string, Turn>();

  /** How many names have tasks under way. */
  get size(): number {
    return this.#turns.size;
  }

  /** True if no task of this name is under way. */
  isIdle(name: string): boolean {
    return !this.#turns.has(name);
  }

  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(name);
    const result = turn === undefined ? task() : turn.last.then(task);
    const ended = (): void => {
      if (this.#turns.get(name)?.last === last) this.#turns.delete(name);
    };
    const last: Promise<void> = result.then(ended, ended);
    if (turn === undefined) this.#turns.set(name, { last, note: 0 });
    else turn.last = last;
    return result;
  }

  /** What a task of this name has left for those that wait behind it; 0: nothing. */
  noteOf(name: string): number {
    return this.#turns.get(name)?.note ?? 0;
  }

  /** Leaves a number for the tasks of this name that wait already, and for those that come before it is idle. */
  leave(name: string, note: number): void {
    const turn = this.#turns.get(name);
    if (turn !== undefined) turn.note = note;
  }
}
