import type { SessionEvent, SessionEventListener, SessionEventName } from "./events.ts";

type Listener = (event: SessionEvent) => void;

/** Typed listeners. Where nobody listens, an event costs one map lookup. */
export class EventHub {
  readonly #listeners = new Map<SessionEventName | "*", Set<Listener>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError - told of a listener that threw; the request goes on */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on<Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Only events of this name are ever handed to it.
    listeners.add(listener as Listener);
  }

  off<Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>): void {
    const listeners = this.#listeners.get(name);
    listeners?.delete(listener as Listener);
    if (listeners?.size === 0) this.#listeners.delete(name);
  }

  heard(name: SessionEventName): boolean {
    return this.#listeners.size > 0 && (this.#listeners.has(name) || this.#listeners.has("*"));
  }

  emit(event: SessionEvent): void {
    for (const name of [event.type, "*"] as const) {
      for (const listener of this.#listeners.get(name) ?? []) {
        try {
          const result: unknown = listener(event);
          if (result instanceof Promise) result.catch(this.#onError);
        } catch (error) {
          this.#onError(error);
        }
      }
    }
  }
}
