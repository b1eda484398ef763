/**
 * The latest events of all sessions, in memory, for operators who look on. Bounded; gone with the process.
 *
 * @module
 */
import type { Sessions } from "holdfast";
import { type EventBus, LocalEventBus, type NumberedEvent } from "./event-bus.ts";

export type { NumberedEvent } from "./event-bus.ts";

/** How many events an operator can look back on. */
export const KEPT_EVENTS = 100;

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

  /** @param bus - default: this process is the only one */
  constructor(sessions: Sessions, bus: EventBus = new LocalEventBus()) {
    sessions.on("*", (event) => bus.publish(event));
    this.#stop = bus.subscribe((event) => this.#note(event));
  }

  /** How many look on. */
  get onlookers(): number {
    return this.#onlookers.size;
  }

  /** Those kept that came after the one numbered `id`, oldest first; all, if that one is of another run's numbering. */
  after(id: number): readonly NumberedEvent[] {
    return id > this.#last ? this.#kept : this.#kept.filter((kept) => kept.id > id);
  }

  /** @returns a function that ends it */
  join(onlooker: Onlooker): () => void {
    if (this.#closed) onlooker.close();
    else this.#onlookers.add(onlooker);
    return () => this.#onlookers.delete(onlooker);
  }

  /** Sends onlookers away. What still happens goes on to the bus, for the other processes. */
  close(): void {
    this.#closed = true;
    this.#stop();
    for (const onlooker of this.#onlookers) onlooker.close();
    this.#onlookers.clear();
  }

  #note(numbered: NumberedEvent): void {
    this.#last = numbered.id;
    this.#kept.push(numbered);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    for (const onlooker of this.#onlookers) onlooker.note(numbered);
  }
}
