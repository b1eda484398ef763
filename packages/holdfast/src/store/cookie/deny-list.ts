/**
 * Which sessions are over although their clients may still have them: one, a user's, everybody's. Each is a tiny record
 * in a store on the server, kept until nothing that it denies can be live.
 *
 * A user's sessions are not denied by the time of the revocation, for clocks differ, but by a mark: a session names the
 * one that it has seen when it began, and is over when another one is in force.
 *
 * @module
 */
import { hash } from "node:crypto";
import { type Awaitable, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Handle, IndexedUser, Store, StoredRecord } from "../contract.ts";

/** A revocation, of a user's sessions or of everybody's. */
export interface Revocation {
  /** {@link MARK_LENGTH} characters. */
  readonly mark: string;
  /** The one session that is spared, if nothing else has ended it; `""`: none. */
  readonly except: Handle | "";
}

/** What is denied under the name of a user, or of everybody. */
export interface Denial extends Revocation {
  /** The marks one of which the spared session has seen when it began: those that were in force before. `""`: none was. */
  readonly since: readonly string[];
}

/** True if it ends a session that began when the mark `seen` was in force. */
export function ends({ mark, except, since }: Denial, handle: Handle, seen: string): boolean {
  return mark !== seen && !(except === handle && since.includes(seen));
}

const NAME_LENGTH = 22;
const HANDLE_LENGTH = 22;
const MOST_ATTEMPTS = 50;

/** How much longer entries are kept than what they deny can live, in milliseconds: the processes' clocks may differ. */
const SLACK = 60_000;

/** All that is written here depends on no server key. */
const KEY_ID = "deny";

export class DenyList {
  readonly store: Store<unknown>;

  constructor(store: Store<unknown>) {
    this.store = store;
  }

  /** What is in force for these names, in one look. */
  look(names: readonly IndexedUser[], now: number): Awaitable<ReadonlyMap<IndexedUser, Denial>> {
    return chain(this.store.listUser(names, now), (listed) => {
      const found = new Map<IndexedUser, Denial>();
      for (const { record } of listed) if (record.user !== null) found.set(record.user, denialIn(record));
      return found;
    });
  }

  /** Ends one session; false if it was denied before. */
  denySession(handle: Handle, until: number, now: number): Awaitable<boolean> {
    const name = sessionName(handle);
    return chain(
      this.store.create(name.slice(0, NAME_LENGTH), entry(name, "", until, 1), now),
      (outcome) => outcome === "created",
    );
  }

  /** Ends what began before, under any of these names. */
  denyAll(
    names: readonly IndexedUser[],
    revocation: Revocation,
    until: number,
    now: number,
  ): Awaitable<void> {
    return chain(this.look(names, now), (inForce) => {
      // Whoever has a new name, for the key is new, began under the one before or under none.
      const since = ["", ...[...inForce.values()].map(({ mark }) => mark)];
      return names.reduce<Awaitable<void>>(
        (done, name) =>
          chain(done, () => this.#deny(name, { ...revocation, since }, until, now, MOST_ATTEMPTS)),
        undefined,
      );
    });
  }

  /** @param denial - as it is where nothing is in force under this name */
  #deny(name: IndexedUser, denial: Denial, until: number, now: number, attempts: number): Awaitable<void> {
    if (attempts === 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    const handle = name.slice(0, NAME_LENGTH);
    const again = (): Awaitable<void> => this.#deny(name, denial, until, now, attempts - 1);
    return chain(this.store.create(handle, entry(name, textOf(denial), until, 1), now), (outcome) => {
      if (outcome === "created") return undefined;
      return chain(this.store.read(handle, now, true), (old) => {
        if (old === null || old === undefined) return again();
        const { version } = old;
        const text = textOf(following(denialIn(old), denial));
        // An earlier revocation must not end sooner for a later one, by a process whose sessions live for less long.
        const lasting = Math.max(until, old.expiresAt - SLACK);
        const updated = this.store.update(handle, version, entry(name, text, lasting, version + 1), now);
        return chain(updated, (done) => (done ? undefined : again()));
      });
    });
  }
}

/** Two revocations as one: what the first has ended is not spared by the second. */
function following(first: Denial, { mark, except }: Revocation): Denial {
  return { mark, except, since: first.except === except ? first.since : [first.mark] };
}

/** Length of a mark: 64 random bits in base64url. */
export const MARK_LENGTH = 11;

/** The names under which entries are filed. They are hashed: the list says nothing of sessions and users. */
export const sessionName = (handle: Handle): IndexedUser => nameOf(`session ${handle}`);
export const userName = (user: IndexedUser): IndexedUser => nameOf(`user ${user}`);
export const everybody: IndexedUser = nameOf("everybody");

function nameOf(text: string): IndexedUser {
  return hash("sha256", `holdfast deny list: ${text}`, "base64url");
}

function entry(name: IndexedUser, text: string, until: number, version: number): StoredRecord {
  return {
    version,
    expiresAt: until + SLACK,
    user: name,
    keyId: KEY_ID,
    header: Buffer.from(text, "latin1"),
    body: Buffer.alloc(0),
  };
}

function textOf({ mark, except, since }: Denial): string {
  return except === "" ? mark : mark + except + since.join();
}

function denialIn({ header }: StoredRecord<unknown>): Denial {
  const text = header instanceof Uint8Array ? Buffer.from(header).toString("latin1") : "";
  const sinceAt = MARK_LENGTH + HANDLE_LENGTH;
  return {
    mark: text.slice(0, MARK_LENGTH),
    except: text.slice(MARK_LENGTH, sinceAt),
    since: text.slice(sinceAt).split(","),
  };
}
