/**
 * Sessions in the store: opened when read, sealed when written, and every failure of the store turned into one
 * coded error. Knows nothing of requests.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Store, StoredRecord } from "../store/contract.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential } from "./credentials.ts";
import type { SessionEventName, SessionEvents } from "./events.ts";
import { keepUntil, standing } from "./limits.ts";
import type { Live } from "./live.ts";
import { type HeaderFields, RecordHeader } from "./record-header.ts";

/** Where findings are reported; the reporter adds who and when. */
export interface Reporter {
  report<Name extends SessionEventName>(type: Name, fields: SessionEvents[Name], about?: Subject): void;
}

/** Which session an event is about. */
export interface Subject {
  readonly handle?: string;
  readonly user?: string | null;
}

/** What a new session starts with; the rest of its header follows from its id. */
export type Beginning = Omit<HeaderFields, "secretHash" | "dataVersion" | "wraps">;

/** A user as the store's index knows it. */
export interface Owner {
  readonly hash: string;
  /** The user's generation as it was when the sign-in began. */
  readonly generation: number;
}

export class Records {
  readonly store: Store;
  readonly #codec: RecordCodec;
  readonly #keys: KeyRing;
  readonly #timeout: number;

  /** @param timeout - the longest a single operation of the store may take, in milliseconds */
  constructor(store: Store, codec: RecordCodec, keys: KeyRing, timeout: number) {
    this.store = store;
    this.#codec = codec;
    this.#keys = keys;
    this.#timeout = timeout;
  }

  /** The live session of a credential; `null`, and a report, if it is over, unreadable or not this secret's. */
  find(credential: Credential, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { handle } = credential;
    return chain(
      this.ask("read", reporter, (store) => store.read(handle, now)),
      (record) => {
        if (record === null) {
          reporter.report("session_use_after_expire", {}, { handle });
          return null;
        }
        return this.#open(credential, record, now, reporter);
      },
    );
  }

  /** Stores a new session; `"exists"` and `"revoked"` as in the store's contract. */
  create(
    credential: Credential,
    beginning: Beginning,
    json: string,
    owner: Owner | null,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | "exists" | "revoked"> {
    // Field by field: spreading the beginning costs more than all the rest of making a header.
    const header = RecordHeader.from({
      createdAt: beginning.createdAt,
      authenticatedAt: beginning.authenticatedAt,
      seenAt: beginning.seenAt,
      idle: beginning.idle,
      endsAt: beginning.endsAt,
      cookieLife: beginning.cookieLife,
      remembered: beginning.remembered,
      secretHash: credential.secretHash,
      dataVersion: 1,
      wraps: this.#codec.newWraps(credential),
      details: beginning.details,
    });
    const record = this.#seal(credential, header, json, owner === null ? null : owner.hash, 1);
    return chain(
      this.ask("create", reporter, (store) =>
        store.create(credential.handle, record, now, owner?.generation),
      ),
      (outcome) => (outcome === "created" ? known({ credential, record, header, json }) : outcome),
    );
  }

  /**
   * Writes data over the version it was read at. `null` if somebody was faster or the session is gone.
   *
   * @param credential - the same id as `live`'s, perhaps under a newer key
   * @param change - what changes in the header with the data; `cookieLife` only where the app has set it
   */
  update(
    live: Live,
    credential: Credential,
    json: string,
    { seenAt, cookieLife }: { readonly seenAt: number; readonly cookieLife: number | undefined },
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    const version = live.record.version + 1;
    let header: RecordHeader;
    let { user } = live.record;
    if (credential === live.credential && cookieLife === undefined) {
      header = live.header.with({ seenAt, dataVersion: version });
    } else {
      const fields = live.header.fields();
      const wraps =
        credential === live.credential
          ? fields.wraps
          : this.#codec.rewrap(fields.wraps, live.credential, credential);
      const life = cookieLife ?? fields.cookieLife;
      header = RecordHeader.from({ ...fields, seenAt, cookieLife: life, dataVersion: version, wraps });
      if (fields.details.user !== undefined) user = this.#keys.newest.userHash(fields.details.user);
    }
    const record = this.#seal(credential, header, json, user, version);
    return chain(
      this.ask("update", reporter, (store) =>
        store.update(credential.handle, live.record.version, record, now),
      ),
      (done) => (done ? known({ credential, record, header, json }) : null),
    );
  }

  /** Records activity on a session that still exists as it was read. */
  touch(live: Live, seenAt: number, now: number, reporter: Reporter): Awaitable<void> {
    const { handle } = live.credential;
    const header = live.header.with({ seenAt });
    const touch = {
      handle,
      version: live.record.version,
      expiresAt: keepUntil(seenAt, header.idle, header.endsAt),
      header: this.#codec.sealHeader(handle, header),
    };
    return this.ask("touch", reporter, (store) => store.touch([touch], now));
  }

  /** Ends a session; true if it was there. */
  remove(handle: string, now: number, reporter: Reporter): Awaitable<boolean> {
    return this.ask("delete", reporter, (store) => store.delete(handle, now));
  }

  /** The header of a stored record, if this deployment can read it. */
  headerOf(handle: string, record: StoredRecord): RecordHeader | null {
    return this.#codec.openHeader(handle, record.header);
  }

  /**
   * One operation of the store: bounded in time, its failure reported and coded.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`, or the store's own coded error
   */
  ask<T>(operation: string, reporter: Reporter, run: (store: Store) => Awaitable<T>): Awaitable<T> {
    return attempt(
      () => {
        const answer = run(this.store);
        return isPromise(answer) ? within(this.#timeout, answer) : answer;
      },
      (error) => {
        reporter.report("store_error", { operation, error });
        if (error instanceof HoldfastError) throw error;
        throw new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", undefined, { cause: error });
      },
    );
  }

  #open(
    credential: Credential,
    record: StoredRecord,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | null> {
    const { handle } = credential;
    const header = this.#provenHeader(credential, record, reporter);
    if (header === null) return null;
    const found = standing(header, Math.max(header.seenAt, credential.seenAt), now);
    if (found !== "live") {
      // Not waited for: over it is, whether or not the store can say so now.
      const removing = attempt<unknown>(
        () => this.remove(handle, now, reporter),
        () => undefined,
      );
      if (isPromise(removing)) removing.catch(() => undefined);
      reporter.report("session_expired", { reason: found }, { handle, user: header.details.user ?? null });
      return null;
    }
    const json = this.#codec.openBody(credential, header, record.body);
    if (json === null || !json.startsWith("{")) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    return { credential, record, header, json };
  }

  // Opening and comparing cost more than all the rest of a read, and most reads find the header of the last one.
  #provenHeader(credential: Credential, record: StoredRecord, reporter: Reporter): RecordHeader | null {
    const { handle, known } = credential;
    if (known !== undefined && known.user === record.user && sameBytes(known.stored, record.header)) {
      return known.header;
    }
    const header = this.#codec.openHeader(handle, record.header);
    if (header === null) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    if (!timingSafeEqual(header.secretHash, credential.secretHash)) {
      reporter.report("session_forged", {}, { handle });
      return null;
    }
    if (!this.#isFiledRightly(header, record)) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    credential.known = { stored: record.header, user: record.user, header };
    return header;
  }

  // A record that somebody has taken out of its user's index would escape that user's revocations.
  #isFiledRightly(header: RecordHeader, { user }: StoredRecord): boolean {
    const name = header.details.user;
    return name === undefined ? user === null : user !== null && this.#keys.userHashes(name).includes(user);
  }

  #seal(
    credential: Credential,
    header: RecordHeader,
    json: string,
    user: string | null,
    version: number,
  ): StoredRecord {
    return {
      version,
      expiresAt: keepUntil(header.seenAt, header.idle, header.endsAt),
      user,
      keyId: credential.keyId,
      header: this.#codec.sealHeader(credential.handle, header),
      body: this.#codec.sealBody(credential, header, json),
    };
  }
}

// What was just written is what the next read will find.
function known(live: Live): Live {
  live.credential.known = { stored: live.record.header, user: live.record.user, header: live.header };
  return live;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0;
}

function within<T>(timeout: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new HoldfastError(
          "ERR_HOLDFAST_STORE_UNAVAILABLE",
          `The session store did not answer within ${timeout} ms.`,
        ),
      );
    }, timeout);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
