/**
 * Sessions written to the store: sealed, and over the version that was read only.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import type { IndexedUser, Store, StoredRecord, UserLimit } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import { keepUntil, touchInterval } from "../limits.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { type BodyTie, type Client, headerOver, type RecordHeader } from "./header.ts";
import { hasLapsed, type Live } from "./live.ts";
import type { LocalChanges } from "./local-changes.ts";
import { isCurrent } from "./secrets.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StoreCalls } from "./store-calls.ts";

/** Why a session was not stored, as the store's contract says. */
export type NotCreated = "exists" | "revoked" | "limit";

/** A user as the store's index knows it. */
export interface Owner {
  /** Who it is, in memory of its own. */
  readonly user: string;
  readonly name: IndexedUser;
  /** The server key under which it is the user's name. */
  readonly keyId: string;
  /** The user's generation as it was when the sign-in began. */
  readonly generation: number;
  /** How many sessions they may have; `undefined`: any number. */
  readonly limit: UserLimit | undefined;
  /** The clients of their sessions at that time, where somebody asks. */
  readonly clients?: readonly Client[] | undefined;
}

/** A session, and when it was in use. */
export interface Used {
  readonly live: Live;
  /** Milliseconds since 1970. */
  readonly seenAt: number;
}

/** Of every new session: one object, for there may be a million of them in memory. */
const FIRST_TIE: BodyTie = { headerVersion: 1, dataVersion: 1 };

/** What of a header changes on its own, apart from the data. */
export type Amendable = Pick<RecordHeader, "authenticatedAt" | "level" | "methods" | "client" | "pending">;

export class RecordWrites {
  readonly codec: RecordCodec;
  protected readonly store: StoreCalls;
  protected readonly credentials: Credentials;

  constructor(store: StoreCalls, codec: RecordCodec, credentials: Credentials) {
    this.store = store;
    this.codec = codec;
    this.credentials = credentials;
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
    const stamped = { header, seenAt: now, writtenIn: 1, tie: FIRST_TIE };
    const name = owner === null ? null : owner.name;
    const { handle, keyId } = credential;
    const record: StoredRecord<unknown> = {
      version: 1,
      expiresAt: keepUntil(header, now),
      user: name,
      keyId,
      header: this.codec.sealHeader(handle, keyId, stamped),
      body: this.codec.sealBody(credential, header, FIRST_TIE, data),
    };
    let asked: ReturnType<Store["create"]> | undefined;
    const outcome = this.store.ask("create", reporter, (store) => {
      asked = store.create(credential.handle, record, now, owner?.generation, owner?.limit);
      return asked;
    });
    const live: Live = { credential, record, ...stamped, data, presentableUntil: undefined };
    const { changes } = this.store;
    if (!isPromise(outcome)) return created(outcome, live, owner, reporter, changes);
    return outcome.then(
      (it) => created(it, live, owner, reporter, changes),
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
   * The header stays as it is stored while nothing of it changes but the last activity, and that was recorded not long ago,
   * which saves one of two seals; `touch()` without new data seals it.
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
    if (hasLapsed(live, now)) return null;
    const version = live.record.version + 1;
    let { header } = live;
    let { user, keyId } = live.record;
    if (cookieLife !== undefined) header = { ...header, cookieLife, remembered: false };
    if (credential !== live.credential) {
      header = { ...header, wraps: this.codec.rewrap(header, live.credential, credential) };
      keyId = credential.keyId;
      if (header.user !== null) user = this.codec.indexName(header.user, keyId);
    }
    const stays = header === live.header && data !== live.data && this.#mayHeaderStay(live, seenAt);
    const tie = { headerVersion: stays ? live.writtenIn : version, dataVersion: version };
    const stamped = stays ? live : { header, seenAt, writtenIn: version, tie };
    const record: StoredRecord<unknown> = {
      version,
      expiresAt: keepUntil(header, stamped.seenAt),
      user,
      keyId,
      header: stays ? live.record.header : this.codec.sealHeader(credential.handle, keyId, stamped),
      body: this.codec.sealBody(credential, header, tie, data),
    };
    const written: Live = {
      credential,
      record,
      header,
      seenAt: stamped.seenAt,
      writtenIn: stamped.writtenIn,
      tie: stamped.tie,
      data,
      presentableUntil: live.presentableUntil,
    };
    return this.#replace(live.record.version, written, now, reporter);
  }

  /** Writes a changed header over the version that was read. `null` if somebody was faster or the session is gone. */
  amend(
    live: Live,
    changed: Partial<Amendable>,
    seenAt: number,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    return this.replaceHeader(live, { ...live.header, ...changed }, seenAt, now, reporter);
  }

  /** Offers the client the secret that follows its own. `null` if somebody was faster or the session is gone. */
  offer(
    live: Live,
    successor: Credential,
    seenAt: number,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    const { proof, keyId } = successor;
    const wraps = this.codec.wrapsForNext(live.header, live.credential, successor);
    const header = { ...live.header, next: { proof, keyId, wraps } };
    return this.replaceHeader(live, header, seenAt, now, reporter);
  }

  /** Records activity on those of the sessions that still exist as they were read. Returns the others. */
  touch(used: readonly Used[], now: number, reporter: Reporter): Awaitable<readonly Used[]> {
    const touched = used.map((each) => this.#touched(each));
    const touches = touched.map(({ credential: { handle }, record }) => {
      const { version, expiresAt, header } = record;
      return { handle, version, expiresAt, header };
    });
    return chain(
      this.store.ask("touch", reporter, (store) => store.touch(touches, now)),
      (handles) => {
        const recorded = new Set(handles);
        for (const live of touched) if (recorded.has(live.credential.handle)) this.keep(live);
        return used.filter(({ live }) => !recorded.has(live.credential.handle));
      },
    );
  }

  #touched({ live, seenAt }: Used): Live {
    const { credential, header, data, presentableUntil } = live;
    const { version, user, keyId, body } = live.record;
    const stamped = headerOver(live, version, version, header, seenAt);
    const sealed = this.codec.sealHeader(credential.handle, keyId, stamped);
    const record = { version, expiresAt: keepUntil(header, seenAt), user, keyId, header: sealed, body };
    return { credential, record, ...stamped, data, presentableUntil };
  }

  /** Ends a session; true if it was there. */
  remove(handle: string, now: number, reporter: Reporter): Awaitable<boolean> {
    const removed = this.store.ask("delete", reporter, (store) => store.delete(handle, now));
    const { changes } = this.store;
    if (!changes.heard) return removed;
    return chain(removed, (existed) => {
      changes.tell("handles", [handle]);
      return existed;
    });
  }

  /**
   * Writes another header over the version that was read, with the data as it is. A touch leaves the version, so `seenAt`
   * must be no older than what others may have recorded meanwhile.
   */
  protected replaceHeader(
    live: Live,
    header: RecordHeader,
    seenAt: number,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    if (hasLapsed(live, now)) return null;
    const { credential, data } = live;
    const presentableUntil = isCurrent(header, credential) ? undefined : live.presentableUntil;
    const { version, body } = live.record;
    let { user, keyId } = live.record;
    if (header.proof !== live.header.proof) {
      keyId = credential.keyId;
      if (header.user !== null) user = this.codec.indexName(header.user, keyId);
    }
    const stamped = headerOver(live, version, version + 1, header, seenAt);
    const record: StoredRecord<unknown> = {
      version: version + 1,
      expiresAt: keepUntil(header, seenAt),
      user,
      keyId,
      header: this.codec.sealHeader(credential.handle, keyId, stamped),
      body,
    };
    const written = { credential, record, ...stamped, data, presentableUntil };
    return this.#replace(version, written, now, reporter);
  }

  #replace(version: number, written: Live, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { credential, record } = written;
    const done = this.store.ask("update", reporter, (store) =>
      store.update(credential.handle, version, record, now),
    );
    if (isPromise(done)) return done.then((is) => (is ? this.keep(written) : null));
    return done ? this.keep(written) : null;
  }

  protected keep(live: Live): Live {
    this.credentials.keep(live);
    return live;
  }

  // For half as long as activity may go unrecorded: who records it then is not undone by who read the session before and
  // writes after, though their clocks differ. Activity recorded by a clock that was ahead is overwritten, not kept. A
  // header of a format that does not say when it was written cannot be left behind.
  #mayHeaderStay({ header, seenAt, writtenIn, record }: Live, usedAt: number): boolean {
    if (!this.codec.headersStay || record.header === undefined || writtenIn > record.version) return false;
    return Math.abs(usedAt - seenAt) < touchInterval(header.idle) / 2;
  }
}

function created(
  outcome: Awaited<ReturnType<Store["create"]>>,
  live: Live,
  owner: Owner | null,
  reporter: Reporter,
  changes: LocalChanges,
): Live | NotCreated {
  if (outcome !== "evicted") return outcome === "created" ? live : outcome;
  changes.tell("users", owner?.limit?.users ?? []);
  const { user } = live.header;
  reporter.report("excess_sessions_exceeded", { most: owner?.limit?.most ?? 0, action: "evicted" }, { user });
  return live;
}
