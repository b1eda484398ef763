/**
 * Writes of sessions to a store that knows no versions: each looks again before it writes, in its session's turn, so
 * that requests of one process lose neither each other's keys nor a sign-out.
 *
 * @module
 */
import { type Awaitable, chain, isPromise, within } from "../awaitable.ts";
import { Turns } from "../store/turns.ts";
import { EndedIds } from "./ended-ids.ts";
import { dataJson, noteStored, recordOf, storedJson, takeIn } from "./session-data.ts";
import { StoreCalls, tooLate } from "./store-calls.ts";
import type { CompatStore, SessionRequest, StoredSession } from "./types.ts";

/** How long a store has for an answer, in milliseconds, where `storeTimeout` does not say. */
export const STORE_TIMEOUT = 10_000;

/** A session that can be written. */
export interface WritableSession extends StoredSession {
  readonly id: string;
}

/** What the middlewares of one store share. */
interface Shared {
  readonly turns: Turns;
  readonly ended: EndedIds;
}

const sharedBy = new WeakMap<CompatStore, Shared>();

export class SessionWriter {
  readonly calls: StoreCalls;
  readonly #timeout: number;
  readonly #turns: Turns;
  readonly #ended: EndedIds;

  /** @param timeout - how long a save may wait for its turn, and the store for each answer, in milliseconds */
  constructor(store: CompatStore, timeout: number) {
    this.calls = new StoreCalls(store, timeout);
    this.#timeout = timeout;
    const shared = sharedBy.get(store) ?? { turns: new Turns(), ended: new EndedIds() };
    sharedBy.set(store, shared);
    this.#turns = shared.turns;
    this.#ended = shared.ended;
  }

  /**
   * Writes a session, with what others have written since it was read.
   *
   * @param json - the session's data, where it is known
   * @returns false if it has ended meanwhile; nothing is written then
   */
  save(session: WritableSession, json: string = dataJson(session)): Awaitable<boolean> {
    return this.#inTurn(session.id, () => {
      if (storedJson(session) === undefined) return this.#write(session, json);
      return chain(this.calls.get(session.id), (found) => {
        if (found === undefined) return false;
        // What a save of the same request has written meanwhile is no longer a change.
        const before = storedJson(session) ?? json;
        if (dataJson(found) === before) return this.#write(session, json);
        takeIn(session, before, found);
        return this.#write(session, dataJson(session));
      });
    });
  }

  touch(id: string, session: StoredSession): Awaitable<void> {
    return this.#inTurn(id, () => {
      if (!this.#ended.has(id)) return this.calls.touch(id, session);
      // Some stores write anew what they are to touch and do not have.
      return chain(this.calls.get(id), (found) =>
        found === undefined ? undefined : this.calls.touch(id, session),
      );
    });
  }

  destroy(id: string): Awaitable<void> {
    this.#ended.add(id);
    return this.#inTurn(id, () => this.calls.destroy(id));
  }

  regenerate(req: SessionRequest): Awaitable<void> {
    this.#ended.add(req.sessionID);
    return this.#inTurn(req.sessionID, () => this.calls.regenerate(req));
  }

  /** Runs what must not fall between another's look and its write. */
  #inTurn<T>(id: string, task: () => Awaitable<T>): Awaitable<T> {
    if (this.#turns.isIdle(id)) {
      const result = task();
      return isPromise(result) ? this.#turns.run(id, () => result) : result;
    }
    let begun = false;
    let late = false;
    const turn = this.#turns.run(id, async () => {
      // Whoever asked has been told that it failed.
      if (late) throw tooLate(this.#timeout);
      begun = true;
      return task();
    });
    return within(this.#timeout, turn, () => {
      late = !begun;
      return tooLate(this.#timeout);
    });
  }

  #write(session: WritableSession, json: string): Awaitable<boolean> {
    return chain(this.calls.set(session.id, recordOf(session)), () => {
      noteStored(session, json);
      return true;
    });
  }
}
