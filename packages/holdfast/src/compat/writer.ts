/**
 * Writes of sessions to a store that knows no versions: each looks again before it writes, in its session's turn, so
 * that requests of one process lose neither each other's keys nor a sign-out.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../awaitable.ts";
import { Turns } from "../store/turns.ts";
import { dataJson, noteStored, storedJson, takeIn } from "./session-data.ts";
import { StoreCalls } from "./store-calls.ts";
import type { CompatStore, SessionRecord } from "./types.ts";

/** A session that can be written. */
export interface WritableSession extends SessionRecord {
  readonly id: string;
}

/** The turns of each store, which several middlewares may share. */
const turns = new WeakMap<CompatStore, Turns>();

export class SessionWriter {
  readonly calls: StoreCalls;
  readonly #turns: Turns;

  constructor(store: CompatStore, timeout: number) {
    this.calls = new StoreCalls(store, timeout);
    const known = turns.get(store);
    this.#turns = known ?? new Turns();
    if (known === undefined) turns.set(store, this.#turns);
  }

  /**
   * Writes a session, with what others have written since it was read.
   *
   * @returns false if it has ended meanwhile; nothing is written then
   */
  save(session: WritableSession): Awaitable<boolean> {
    const before = storedJson(session);
    if (before === undefined) return this.#write(session);
    return this.inTurn(session.id, () =>
      chain(this.calls.get(session.id), (found) => {
        if (found === undefined) return false;
        const now = dataJson(found);
        const known = storedJson(session) ?? before;
        if (now !== known) takeIn(session, known, now);
        return this.#write(session);
      }),
    );
  }

  destroy(id: string): Awaitable<void> {
    return this.inTurn(id, () => this.calls.destroy(id));
  }

  /** Runs what must not fall between another's look and its write. */
  inTurn<T>(id: string, task: () => Awaitable<T>): Awaitable<T> {
    if (this.#turns.isIdle(id)) {
      const result = task();
      return isPromise(result) ? this.#turns.run(id, () => result) : result;
    }
    return this.#turns.run(id, async () => task());
  }

  #write(session: WritableSession): Awaitable<boolean> {
    const json = dataJson(session);
    return chain(this.calls.set(session.id, session), () => {
      noteStored(session, json);
      return true;
    });
  }
}
