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

/** What is denied under the name of a user, or of everybody. */
export interface Denial {
  /** {@link MARK_LENGTH} characters. */
  readonly mark: string;
  /** The one session that is spared; `""`: none. */
  readonly except: Handle | "";
}

const NAME_LENGTH = 22;
const MOST_ATTEMPTS = 50;

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
  denyAll(names: readonly IndexedUser[], denial: Denial, until: number, now: number): Awaitable<void> {
    const text = denial.mark + denial.except;
    return names.reduce<Awaitable<void>>(
      (done, name) => chain(done, () => this.#replace(name, text, until, now, MOST_ATTEMPTS)),
      undefined,
    );
  }

  #replace(name: IndexedUser, text: string, until: number, now: number, attempts: number): Awaitable<void> {
    if (attempts === 0) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    const handle = name.slice(0, NAME_LENGTH);
    const again = (): Awaitable<void> => this.#replace(name, text, until, now, attempts - 1);
    return chain(this.store.create(handle, entry(name, text, until, 1), now), (outcome) => {
      if (outcome === "created") return undefined;
      return chain(this.store.read(handle, now), (old) => {
        if (old === null || old === undefined) return again();
        const { version } = old;
        // An earlier revocation must not end sooner for a later one, by a process whose sessions live for less long.
        const lasting = Math.max(until, old.expiresAt);
        const updated = this.store.update(handle, version, entry(name, text, lasting, version + 1), now);
        return chain(updated, (done) => (done ? undefined : again()));
      });
    });
  }
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
    expiresAt: until,
    user: name,
    keyId: KEY_ID,
    header: Buffer.from(text, "latin1"),
    body: Buffer.alloc(0),
  };
}

function denialIn({ header }: StoredRecord<unknown>): Denial {
  const text = header instanceof Uint8Array ? Buffer.from(header).toString("latin1") : "";
  return { mark: text.slice(0, MARK_LENGTH), except: text.slice(MARK_LENGTH) };
}
