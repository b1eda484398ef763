/**
 * Sessions in the store: opened when read, sealed when written, and every failure of the store turned into one
 * coded error. Knows nothing of requests.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { IndexedUser, Store, StoredRecord } from "../../store/contract.ts";
import type { SessionEventName, SessionEvents } from "../events.ts";
import { keepUntil, standing } from "../limits.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential } from "./credentials.ts";
import { type RecordHeader, withActivity } from "./header.ts";
import type { Live } from "./live.ts";

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
export type Beginning = Omit<RecordHeader, "proof" | "dataVersion" | "wraps">;

/** A user as the store's index knows it. */
export interface Owner {
  readonly name: IndexedUser;
  /** The user's generation as it was when the sign-in began. */
  readonly generation: number;
}

export class Records {
  readonly store: Store<unknown>;
  readonly codec: RecordCodec;
  readonly #timeout: number;

  /** @param timeout - the longest a single operation of the store may take, in milliseconds */
  constructor(store: Store<unknown>, codec: RecordCodec, timeout: number) {
    this.store = store;
    this.codec = codec;
    this.#timeout = timeout;
  }

  /** The live session of a credential; `null`, and a report, if it is over, unreadable or not this secret's. */
  find(credential: Credential, now: number, reporter: Reporter): Awaitable<Live | null> {
    const { handle } = credential;
    const record = this.ask("read", reporter, (store) => store.read(handle, now));
    // Not `chain`: a closure for each read shows in the benchmark.
    return isPromise(record)
      ? record.then((found) => this.#found(credential, found, now, reporter))
      : this.#found(credential, record, now, reporter);
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
    // Field by field: a spread with further fields behind it takes forty times as long.
    const header: RecordHeader = {
      createdAt: beginning.createdAt,
      authenticatedAt: beginning.authenticatedAt,
      seenAt: beginning.seenAt,
      idle: beginning.idle,
      endsAt: beginning.endsAt,
      cookieLife: beginning.cookieLife,
      remembered: beginning.remembered,
      proof: this.codec.proofOf(credential),
      dataVersion: 1,
      wraps: this.codec.newWraps(credential),
      user: beginning.user,
      client: beginning.client,
    };
    const record = this.#seal(credential, header, json, owner === null ? null : owner.name, 1);
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
    let header = withActivity(live.header, seenAt, version);
    let { user } = live.record;
    if (cookieLife !== undefined) header = { ...header, cookieLife };
    if (credential !== live.credential) {
      header = { ...header, wraps: this.codec.rewrap(header.wraps, live.credential, credential) };
      if (header.user !== null) user = this.codec.indexNames(header.user)[0] ?? null;
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
    const header = withActivity(live.header, seenAt, live.header.dataVersion);
    const touch = {
      handle,
      version: live.record.version,
      expiresAt: keepUntil(seenAt, header.idle, header.endsAt),
      header: this.codec.sealHeader(handle, header),
    };
    return this.ask("touch", reporter, (store) => store.touch([touch], now));
  }

  /** Ends a session; true if it was there. */
  remove(handle: string, now: number, reporter: Reporter): Awaitable<boolean> {
    return this.ask("delete", reporter, (store) => store.delete(handle, now));
  }

  /** Closes the store, within the time of one operation. */
  async close(): Promise<void> {
    const closed = this.store.close();
    if (isPromise(closed)) await within(this.#timeout, closed);
  }

  /** The header of a stored record, if this deployment can read it. */
  headerOf(handle: string, record: StoredRecord<unknown>): RecordHeader | null {
    return this.codec.openHeader(handle, record.header);
  }

  /**
   * One operation of the store: bounded in time, its failure reported and coded.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`, or the store's own coded error
   */
  ask<T>(operation: string, reporter: Reporter, run: (store: Store<unknown>) => Awaitable<T>): Awaitable<T> {
    let answer: Awaitable<T>;
    try {
      answer = run(this.store);
    } catch (error) {
      throw failure(operation, error, reporter);
    }
    if (!isPromise(answer)) return answer;
    return within(this.#timeout, answer).catch((error) => {
      throw failure(operation, error, reporter);
    });
  }

  #found(
    credential: Credential,
    record: StoredRecord<unknown> | null,
    now: number,
    reporter: Reporter,
  ): Live | null {
    // A foreign store may say `undefined`.
    if (record !== null && record !== undefined) return this.#open(credential, record, now, reporter);
    reporter.report("session_use_after_expire", {}, { handle: credential.handle });
    return null;
  }

  #open(credential: Credential, record: StoredRecord<unknown>, now: number, reporter: Reporter): Live | null {
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
      reporter.report("session_expired", { reason: found }, { handle, user: header.user });
      return null;
    }
    const json = this.codec.openBody(credential, header, record.body);
    if (json === null || !json.startsWith("{")) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    return { credential, record, header, json };
  }

  // Opening and comparing cost more than all the rest of a read, and most reads find the header of the last one.
  #provenHeader(
    credential: Credential,
    record: StoredRecord<unknown>,
    reporter: Reporter,
  ): RecordHeader | null {
    const { handle, known } = credential;
    if (known !== undefined && known.user === record.user && isSame(known.stored, record.header)) {
      return known.header;
    }
    const header = this.codec.openHeader(handle, record.header);
    if (header === null) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    if (!this.codec.isProven(header, credential)) {
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
  #isFiledRightly(header: RecordHeader, { user }: StoredRecord<unknown>): boolean {
    return header.user === null
      ? user === null
      : user !== null && this.codec.indexNames(header.user).includes(user);
  }

  #seal(
    credential: Credential,
    header: RecordHeader,
    json: string,
    user: string | null,
    version: number,
  ): StoredRecord<unknown> {
    return {
      version,
      expiresAt: keepUntil(header.seenAt, header.idle, header.endsAt),
      user,
      keyId: credential.keyId,
      header: this.codec.sealHeader(credential.handle, header),
      body: this.codec.sealBody(credential, header, json),
    };
  }
}

function failure(operation: string, error: unknown, reporter: Reporter): HoldfastError {
  reporter.report("store_error", { operation, error });
  if (error instanceof HoldfastError) return error;
  return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", undefined, { cause: error });
}

// What was just written is what the next read will find.
function known(live: Live): Live {
  live.credential.known = { stored: live.record.header, user: live.record.user, header: live.header };
  return live;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);
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
