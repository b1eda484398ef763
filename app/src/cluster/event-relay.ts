/**
 * Numbers the events of all workers and passes them on, so that an operator sees the same on whichever worker they are.
 *
 * @module
 */
import type { SessionEvent } from "holdfast";
import type { NumberedEvent } from "../operator/event-bus.ts";
import { KEPT_EVENTS } from "../operator/event-feed.ts";

/** A worker, as far as a relay knows it. */
export interface Listener {
  tell(message: { readonly type: "events"; readonly events: readonly NumberedEvent[] }): void;
}

export class EventRelay {
  readonly #listeners = new Set<Listener>();
  /** For workers that come later. */
  readonly #kept: NumberedEvent[] = [];
  #last = 0;

  join(listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#kept.length > 0) listener.tell({ type: "events", events: this.#kept });
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  publish(event: SessionEvent): void {
    const numbered = { id: ++this.#last, event };
    this.#kept.push(numbered);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    for (const listener of this.#listeners) listener.tell({ type: "events", events: [numbered] });
  }
}
