import { type Awaitable, chain } from "../awaitable.ts";
import type { Clock } from "../clock.ts";
import type { Reporter } from "../session/events.ts";
import type { StoreCalls } from "../session/record/store-calls.ts";
import type { StoredValue } from "../store/contract.ts";

/**
 * How much longer they are kept than anybody asks for them: a process whose clock is ahead, or an engine with a clock of its
 * own, must not remove what another one still needs. Milliseconds.
 */
const MARGIN = 86_400_000;

/** Values that every process on the store sees, from when they are added until one moment. */
export class SharedValues {
  readonly #store: StoreCalls;
  readonly #clock: Clock;
  readonly #until: number;

  /** @param until - when nobody asks for them any more; milliseconds since 1970 */
  constructor(store: StoreCalls, clock: Clock, until: number) {
    this.#store = store;
    this.#clock = clock;
    this.#until = until + MARGIN;
  }

  read(name: string, reporter: Reporter): Awaitable<Uint8Array | null> {
    return chain(this.look(name, reporter), (found) => found?.value ?? null);
  }

  /** The value with its version. */
  look(name: string, reporter: Reporter): Awaitable<StoredValue | null> {
    const now = this.#clock.now();
    return this.#store.ask("readValue", reporter, (store) => store.readValue(name, now));
  }

  /** False, and nothing is changed, if there is one of this name. */
  add(name: string, value: Uint8Array, reporter: Reporter): Awaitable<boolean> {
    return this.replace(name, 0, value, reporter);
  }

  /** False, and nothing is changed, if it has another version; 0: there is none. */
  replace(name: string, version: number, value: Uint8Array, reporter: Reporter): Awaitable<boolean> {
    const now = this.#clock.now();
    return this.#store.ask("writeValue", reporter, (store) =>
      store.writeValue(name, version, value, now, this.#until),
    );
  }
}
