/**
 * Sessions in the store: opened when read, sealed when written. Knows nothing of requests.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import type { IndexedUser, Store, StoredRecord, UserLimit } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import { keepUntil, standing } from "../limits.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { type Client, type RecordHeader, withActivity } from "./header.ts";
import type { Live } from "./live.ts";
import { provenHeader } from "./prove.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StoreCalls } from "./store-calls.ts";

/** Why a session was not stored, as the store's contract says. */
export type NotCreated = "exists" | "revoked" | "limit";

/** A user as the store's index knows it. */
export interface Owner {
  readonly name: IndexedUser;
  /** The user's generation as it was when the sign-in began. */
  readonly generation: number;
  /** How many sessions they may have; `undefined`: any number. */
  readonly limit: UserLimit | undefined;
  /** The clients of their sessions at that time, where somebody asks. */
  readonly clients?: readonly Client[] | undefined;
}

/** What of a header changes on its own, apart from the data. */
export type Amendable = Pick<RecordHeader, "authenticatedAt" | "level" | "methods" | "client" | "pending">;

export class Records {
  readonly codec: RecordCodec;
  readonly #store: StoreCalls;
  readonly #credentials: Credentials;

  constructor(store: StoreCalls, codec: RecordCodec, credentials: Credentials) {
    this.#store = store;
    this.codec = codec;
    this.#credentials = credentials;
  }

  /** The live session of a credential; `null`, and a report, if it is over, unreadable or not this secret's. */
  find(credential: Credential, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { handle } = credential;
    const record = this.#store.ask("read", reporter, (store) => store.read(handle, now));
    return isPromise(record)
      ? record.then((found) => this.#found(credential, found, now, reporter))
      : this.#found(credential, record, now, reporter);
  }

  /** Stores a new session; `"exists"`, `"revoked"` and `"limit"` as in the store's contract. */
  create(
    credential: Credential,
    header: RecordHeader,
    data: Snapshot,
    owner: Owner | null,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | NotCreated> {
    const record = this.#seal(credential, header, data, owner === null ? null : owner.name, 1);
    let asked: ReturnType<Store["create"]> | undefined;
    const outcome = this.#store.ask("create", reporter, (store) => {
      asked = store.create(credential.handle, record, now, owner?.generation, owner?.limit);
      return asked;
    });
    const live: Live = { credential, record, header, data };
    if (!isPromise(outcome)) return created(outcome, live, owner, reporter);
    return outcome.then(
      (it) => created(it, live, owner, reporter),
      (error) => {
        // The request has failed without its session: one that comes into being after all must not stay.
        Promise.resolve(asked)
          .then((late) =>
            late === "created" || late === "evicted" ? this.remove(credential.handle, now, reporter) : false,
          )
          .catch(() => false);
        throw error;
      },
    );
  }

  /**
   * Writes data over the version it was read at. `null` if somebody was faster or the session is gone.
   *
   * @param credential - the same id as `live`'s, perhaps under a newer key
   * @param cookieLife - where the app has set it
   */
  update(
    live: Live,
    credential: Credential,
    data: Snapshot,
    seenAt: number,
    cookieLife: number | undefined,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    const { version } = live.record;
    let header = withActivity(live.header, seenAt, version + 1);
    let { user } = live.record;
    if (cookieLife !== undefined) header = { ...header, cookieLife, remembered: false };
    if (credential !== live.credential) {
      header = { ...header, wraps: this.codec.rewrap(header.wraps, live.credential, credential) };
      if (header.user !== null) user = this.codec.indexNames(header.user)[0] ?? null;
    }
    const record = this.#seal(credential, header, data, user, version + 1);
    return this.#replace(version, { credential, record, header, data }, now, reporter);
  }

  /** Writes a changed header over the version that was read. `null` if somebody was faster or the session is gone. */
  amend(live: Live, changed: Partial<Amendable>, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { credential, data } = live;
    const { version, user } = live.record;
    const header = { ...withActivity(live.header, live.header.seenAt, version + 1), ...changed };
    const record = this.#seal(credential, header, data, user, version + 1);
    return this.#replace(version, { credential, record, header, data }, now, reporter);
  }

  /** Records activity on a session that still exists as it was read. */
  touch(live: Live, seenAt: number, now: number, reporter: Reporter): Awaitable<void> {
    const { handle } = live.credential;
    const header = withActivity(live.header, seenAt, live.header.dataVersion);
    const { version, user, keyId, body } = live.record;
    const expiresAt = keepUntil(seenAt, header.idle, header.endsAt);
    const sealed = this.codec.sealHeader(handle, header);
    const touch = { handle, version, expiresAt, header: sealed };
    return chain(
      this.#store.ask("touch", reporter, (store) => store.touch([touch], now)),
      () => {
        this.#keep({
          credential: live.credential,
          record: { version, expiresAt, user, keyId, header: sealed, body },
          header,
          data: live.data,
        });
      },
    );
  }

  /** Ends a session; true if it was there. */
  remove(handle: string, now: number, reporter: Reporter): Awaitable<boolean> {
    return this.#store.ask("delete", reporter, (store) => store.delete(handle, now));
  }

  /** The header of a stored record, if this deployment can read it. */
  headerOf(handle: string, record: StoredRecord<unknown>): RecordHeader | null {
    return this.codec.openHeader(handle, record.header);
  }

  #found(
    credential: Credential,
    record: StoredRecord<unknown> | null,
    now: number,
    reporter: Reporter,
  ): Live | null {
    // A foreign store may say `undefined`.
    if (record === null || record === undefined) {
      this.#credentials.forget(credential);
      reporter.report("session_use_after_expire", {}, { handle: credential.handle });
      return null;
    }
    const live = this.#open(credential, record, now, reporter);
    if (live === null) this.#credentials.forget(credential);
    else if (live !== credential.known) this.#keep(live);
    return live;
  }

  // Opening and proving cost more than all the rest of a read, and most reads find what the last one found.
  #open(credential: Credential, record: StoredRecord<unknown>, now: number, reporter: Reporter): Live | null {
    const { handle, known } = credential;
    const sameHeader =
      known !== undefined && known.record.user === record.user && isSame(known.record.header, record.header);
    const header = sameHeader ? known.header : provenHeader(this.codec, credential, record, reporter);
    if (header === null) return null;
    const found = standing(header, Math.max(header.seenAt, credential.seenAt), now);
    if (found !== "live") {
      // Not waited for: over it is, whether or not the store can say so now.
      const removing = attempt<unknown>(
        () => this.remove(handle, now, reporter),
        () => undefined,
      );
      if (isPromise(removing)) removing.catch(() => undefined);
      reporter.report("session_expired", { reason: found }, { handle, user: header.user });
      return null;
    }
    if (sameHeader && known.record.version === record.version && isSame(known.record.body, record.body)) {
      return known;
    }
    const data = this.codec.openBody(credential, header, record.body);
    if (data === null) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    return { credential, record, header, data };
  }

  #replace(version: number, written: Live, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { credential, record } = written;
    const done = this.#store.ask("update", reporter, (store) =>
      store.update(credential.handle, version, record, now),
    );
    if (isPromise(done)) return done.then((is) => (is ? this.#keep(written) : null));
    return done ? this.#keep(written) : null;
  }

  #keep(live: Live): Live {
    this.#credentials.keep(live);
    return live;
  }

  #seal(
    credential: Credential,
    header: RecordHeader,
    data: Snapshot,
    user: string | null,
    version: number,
  ): StoredRecord<unknown> {
    return {
      version,
      expiresAt: keepUntil(header.seenAt, header.idle, header.endsAt),
      user,
      keyId: credential.keyId,
      header: this.codec.sealHeader(credential.handle, header),
      body: this.codec.sealBody(credential, header, data),
    };
  }
}

function created(
  outcome: Awaited<ReturnType<Store["create"]>>,
  live: Live,
  owner: Owner | null,
  reporter: Reporter,
): Live | NotCreated {
  if (outcome !== "evicted") return outcome === "created" ? live : outcome;
  const { user } = live.header;
  reporter.report("excess_sessions_exceeded", { most: owner?.limit?.most ?? 0, action: "evicted" }, { user });
  return live;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);
}
