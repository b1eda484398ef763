/**
 * Brings the events of sessions to whoever shows them, in one order and with one numbering for all processes.
 *
 * @module
 */
import type { SessionEvent } from "holdfast";

/** An event with its number: 1 for the first since the application began. */
export interface NumberedEvent {
  readonly id: number;
  readonly event: SessionEvent;
}

export interface EventBus {
  /** An event of this process. */
  publish(event: SessionEvent): void;
  /**
   * Passes on the events of all processes, those of this one included.
   *
   * @returns a function that ends it
   */
  subscribe(listener: (event: NumberedEvent) => void): () => void;
}

/** For an application of one process. */
export class LocalEventBus implements EventBus {
  readonly #listeners = new Set<(event: NumberedEvent) => void>();
  #last = 0;

  publish(event: SessionEvent): void {
    const numbered = { id: ++this.#last, event };
    for (const listener of this.#listeners) listener(numbered);
  }

  subscribe(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
