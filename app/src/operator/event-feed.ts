/**
 * The latest events of all sessions, in memory, for operators who look on. Bounded; gone with the process.
 *
 * @module
 */
import type { SessionEvent, Sessions } from "holdfast";

/** How many events an operator can look back on. */
export const KEPT_EVENTS = 100;

/** An event with its number: 1 for the first since the process began. */
export interface NumberedEvent {
  readonly id: number;
  readonly event: SessionEvent;
}

/** Somebody who looks on. */
export interface Onlooker {
  note(event: NumberedEvent): void;
  /** The process is about to end. */
  close(): void;
}

export class EventFeed {
  readonly #kept: NumberedEvent[] = [];
  readonly #onlookers = new Set<Onlooker>();
  readonly #stop: () => void;
  #last = 0;
  #closed = false;

  constructor(sessions: Sessions) {
    const listener = (event: SessionEvent): void => this.#note(event);
    sessions.on("*", listener);
    this.#stop = () => sessions.off("*", listener);
  }

  /** How many look on. */
  get onlookers(): number {
    return this.#onlookers.size;
  }

  /** Those kept that came after the one numbered `id`, oldest first; all, if that one is of another process's life. */
  after(id: number): readonly NumberedEvent[] {
    return id > this.#last ? this.#kept : this.#kept.filter((kept) => kept.id > id);
  }

  /** @returns a function that ends it */
  join(onlooker: Onlooker): () => void {
    if (this.#closed) onlooker.close();
    else this.#onlookers.add(onlooker);
    return () => this.#onlookers.delete(onlooker);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    for (const onlooker of this.#onlookers) onlooker.close();
    this.#onlookers.clear();
  }

  #note(event: SessionEvent): void {
    const numbered = { id: ++this.#last, event };
    this.#kept.push(numbered);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    for (const onlooker of this.#onlookers) onlooker.note(numbered);
  }
}
