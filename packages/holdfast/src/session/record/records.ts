/**
 * Sessions in the store: opened when read, sealed when written. Knows nothing of requests.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { IndexedUser, Store, StoredRecord, UserLimit } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import { keepUntil, standing } from "../limits.ts";
import type { Policy } from "../policy.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { type RecordHeader, withActivity } from "./header.ts";
import type { Live } from "./live.ts";
import type { Pending } from "./pending.ts";
import { readHeader } from "./read-header.ts";
import { claimOf, type NextSecret, withNextSecret } from "./secrets.ts";
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
}

/** How often a change is tried again on what others have written meanwhile, before `ERR_HOLDFAST_CONFLICT`. */
export const MOST_ATTEMPTS = 200;

export class Records {
  readonly codec: RecordCodec;
  readonly #store: StoreCalls;
  readonly #credentials: Credentials;
  readonly #onReplay: Policy["onReplay"];

  constructor(
    store: StoreCalls,
    codec: RecordCodec,
    credentials: Credentials,
    { onReplay }: Pick<Policy, "onReplay">,
  ) {
    this.#store = store;
    this.codec = codec;
    this.#credentials = credentials;
    this.#onReplay = onReplay;
  }

  /**
   * The live session of a credential; `null`, and a report, if it is over, unreadable, or its secret has been replaced.
   *
   * @param presentedAt - when the request with the id came: what has been replaced since is good for the rest of it
   */
  find(
    credential: Credential,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number = MOST_ATTEMPTS,
  ): Awaitable<Live | null> {
    const { handle } = credential;
    const record = this.#store.ask("read", reporter, (store) => store.read(handle, now));
    return isPromise(record)
      ? record.then((found) => this.#found(credential, found, presentedAt, now, reporter, attempts))
      : this.#found(credential, record, presentedAt, now, reporter, attempts);
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
    const record = this.#seal(
      credential,
      header,
      data,
      owner === null ? null : owner.name,
      credential.keyId,
      1,
    );
    let asked: ReturnType<Store["create"]> | undefined;
    const outcome = this.#store.ask("create", reporter, (store) => {
      asked = store.create(credential.handle, record, now, owner?.generation, owner?.limit);
      return asked;
    });
    const live: Live = { credential, record, header, data, presentableUntil: Number.POSITIVE_INFINITY };
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
    let { user, keyId } = live.record;
    if (cookieLife !== undefined) header = { ...header, cookieLife, remembered: false };
    if (credential !== live.credential) {
      header = { ...header, wraps: this.codec.rewrap(header, live.credential, credential) };
      keyId = credential.keyId;
      if (header.user !== null) user = this.codec.indexNames(header.user)[0] ?? null;
    }
    const record = this.#seal(credential, header, data, user, keyId, version + 1);
    const { presentableUntil } = live;
    return this.#replace(version, { credential, record, header, data, presentableUntil }, now, reporter);
  }

  /** Writes other pending steps over the version that was read. `null` if somebody was faster or the session is gone. */
  updatePending(
    live: Live,
    pending: readonly Pending[],
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    return this.#replaceHeader(live, { ...live.header, pending }, now, reporter);
  }

  /** Offers the client the secret that follows its own. `null` if somebody was faster or the session is gone. */
  offer(live: Live, successor: Credential, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { proof, keyId } = successor;
    const wraps = this.codec.wrapsForNext(live.header, live.credential, successor);
    return this.#replaceHeader(live, { ...live.header, next: { proof, keyId, wraps } }, now, reporter);
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
          presentableUntil: live.presentableUntil,
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
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
  ): Awaitable<Live | null> {
    // A foreign store may say `undefined`.
    if (record === null || record === undefined) {
      this.#credentials.forget(credential);
      reporter.report("session_use_after_expire", {}, { handle: credential.handle });
      return null;
    }
    const live = this.#open(credential, record, presentedAt, now, reporter, attempts);
    return isPromise(live)
      ? live.then((opened) => this.#remember(credential, opened))
      : this.#remember(credential, live);
  }

  #remember(credential: Credential, live: Live | null): Live | null {
    if (live === null) this.#credentials.forget(credential);
    else if (live !== credential.known) this.#keep(live);
    return live;
  }

  // Opening and proving cost more than all the rest of a read, and most reads find what the last one found.
  #open(
    credential: Credential,
    record: StoredRecord<unknown>,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
  ): Awaitable<Live | null> {
    const { handle, known } = credential;
    if (
      known !== undefined &&
      presentedAt < known.presentableUntil &&
      known.record.user === record.user &&
      isSame(known.record.header, record.header)
    ) {
      return this.#openData(credential, record, known.header, known.presentableUntil, now, reporter);
    }
    const header = readHeader(this.codec, handle, record);
    if (header === null) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    const { next, previous } = header;
    switch (claimOf(header, credential, presentedAt)) {
      case "replayed":
        return this.#refuseReplay(handle, header, now, reporter);
      case "outrun":
        return null;
      case "previous":
        return this.#openData(credential, record, header, previous?.until ?? 0, now, reporter);
      case "next": {
        // Not to be taken for proven again before its secret is the current one.
        const live = this.#openData(credential, record, header, 0, now, reporter);
        return live === null || next === undefined
          ? live
          : this.#adoptNext(live, next, presentedAt, now, reporter, attempts);
      }
      case "current":
        return this.#openData(credential, record, header, Number.POSITIVE_INFINITY, now, reporter);
    }
  }

  #openData(
    credential: Credential,
    record: StoredRecord<unknown>,
    header: RecordHeader,
    presentableUntil: number,
    now: number,
    reporter: Reporter,
  ): Live | null {
    const { handle, known } = credential;
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
    if (
      known !== undefined &&
      known.header === header &&
      known.record.version === record.version &&
      isSame(known.record.body, record.body)
    ) {
      return known;
    }
    const data = this.codec.openBody(credential, header, record.body);
    if (data === null) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    return { credential, record, header, data, presentableUntil };
  }

  #adoptNext(
    live: Live,
    next: NextSecret,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
  ): Awaitable<Live | null> {
    // The secret is genuine whether or not the store can take it down now; the next request tries again.
    const replaced = attempt<Live | null>(
      () => this.#replaceSecret(live, next, presentedAt, now, reporter, attempts),
      () => live,
    );
    // Whoever reads at once cannot wait for a write that has to.
    return isPromise(replaced) && this.#store.answersAtOnce ? live : replaced;
  }

  /** The client has presented the secret it was offered: it takes the place of the one before. */
  #replaceSecret(
    live: Live,
    next: NextSecret,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
  ): Awaitable<Live | null> {
    if (attempts <= 1) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    const { handle } = live.credential;
    const replaced = this.#replaceHeader(live, withNextSecret(live.header, next, now), now, reporter);
    return chain(replaced, (done) => {
      if (done === null) return this.find(live.credential, presentedAt, now, reporter, attempts - 1);
      reporter.report("session_renewed", {}, { handle, user: live.header.user });
      return done;
    });
  }

  // Whoever presents a secret that its owner has replaced has copied it, or was copied; nobody can tell which.
  #refuseReplay(handle: string, { user }: RecordHeader, now: number, reporter: Reporter): Awaitable<null> {
    const revoke = this.#onReplay === "revoke";
    reporter.report("session_replayed", { action: revoke ? "revoked" : "refused" }, { handle, user });
    return revoke ? chain(this.remove(handle, now, reporter), () => null) : null;
  }

  /** Writes another header over the version that was read, with the data as it is. */
  #replaceHeader(live: Live, header: RecordHeader, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { credential, data, presentableUntil } = live;
    const { version, expiresAt, user, keyId, body } = live.record;
    const record: StoredRecord<unknown> = {
      version: version + 1,
      expiresAt,
      user,
      keyId: header.proof === live.header.proof ? keyId : credential.keyId,
      header: this.codec.sealHeader(credential.handle, header),
      body,
    };
    return this.#replace(version, { credential, record, header, data, presentableUntil }, now, reporter);
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
    keyId: string,
    version: number,
  ): StoredRecord<unknown> {
    return {
      version,
      expiresAt: keepUntil(header.seenAt, header.idle, header.endsAt),
      user,
      keyId,
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
