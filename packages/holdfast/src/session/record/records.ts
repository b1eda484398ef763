/**
 * Sessions in the store: opened when read, sealed when written. Knows nothing of requests.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { StoredRecord } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import { endOtherSide, type LegacySide } from "../legacy.ts";
import { standing } from "../limits.ts";
import type { Policy } from "../policy.ts";
import type { RecordCodec } from "./codec.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { type RecordHeader, type StampedHeader, tieIn } from "./header.ts";
import { type Live, lastSeenAt } from "./live.ts";
import { Locked } from "./locked.ts";
import { readHeader } from "./read-header.ts";
import { RecordWrites } from "./record-writes.ts";
import { claimOf, latestOf, type NextSecret, withNextSecret } from "./secrets.ts";
import type { StoreCalls } from "./store-calls.ts";

/** How often a change is tried again on what others have written meanwhile, before `ERR_HOLDFAST_CONFLICT`. */
export const MOST_ATTEMPTS = 200;

type SecretPolicy = Pick<Policy, "onReplay" | "renewGrace">;

export class Records extends RecordWrites {
  readonly #policy: SecretPolicy;
  readonly #legacy: LegacySide | undefined;

  constructor(
    store: StoreCalls,
    codec: RecordCodec,
    credentials: Credentials,
    policy: SecretPolicy,
    legacy?: LegacySide,
  ) {
    super(store, codec, credentials);
    this.#policy = policy;
    this.#legacy = legacy;
  }

  /**
   * The live session of a credential; `null` if it is locked, and, with a report, if it is over, unreadable, or its secret
   * has been replaced.
   *
   * @param presentedAt - when the request with the id came: what has been replaced since is good for the rest of it
   */
  find(credential: Credential, presentedAt: number, now: number, reporter: Reporter): Awaitable<Live | null> {
    const found = this.look(credential, presentedAt, now, reporter);
    return isPromise(found) ? found.then(onlyLive) : onlyLive(found);
  }

  /** As {@link Records.find}; a locked session too. */
  look(
    credential: Credential,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number = MOST_ATTEMPTS,
    fresh: boolean = !this.store.lagsBehind,
  ): Awaitable<Live | Locked | null> {
    const { handle } = credential;
    const record = this.store.ask("read", reporter, (store) => store.read(handle, now, fresh));
    return isPromise(record)
      ? record.then((found) => this.#found(credential, found, presentedAt, now, reporter, attempts, fresh))
      : this.#found(credential, record, presentedAt, now, reporter, attempts, fresh);
  }

  /**
   * The session, live or locked, of several ids that differ in nothing but the secret, as a browser has them after a
   * change of the cookie's path: the latest of its secrets is meant, and one before it is no replay.
   */
  lookForAny(
    credentials: readonly [Credential, ...Credential[]],
    presentedAt: number,
    now: number,
    reporter: Reporter,
  ): Awaitable<Live | Locked | null> {
    const [first] = credentials;
    const { handle } = first;
    const record = this.store.ask("read", reporter, (store) => store.read(handle, now, true));
    return chain(record, (found) => {
      const opened = found ? readHeader(this.codec, handle, found) : null;
      const latest = opened === null ? first : latestOf(opened.header, credentials, presentedAt);
      return this.#found(latest, found, presentedAt, now, reporter, MOST_ATTEMPTS, true);
    });
  }

  /** The header of a stored record, if this deployment can read it. */
  headerOf(handle: string, record: StoredRecord<unknown>): RecordHeader | null {
    return this.stampedHeaderOf(handle, record)?.header ?? null;
  }

  /** The same with when the session was last in use. */
  stampedHeaderOf(handle: string, record: StoredRecord<unknown>): StampedHeader | null {
    return this.codec.openHeader(handle, record.header);
  }

  #found(
    credential: Credential,
    record: StoredRecord<unknown> | null,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
    fresh: boolean,
  ): Awaitable<Live | Locked | null> {
    // A foreign store may say `undefined`.
    if (record === null || record === undefined) {
      this.credentials.forget(credential);
      reporter.report("session_use_after_expire", {}, { handle: credential.handle });
      return null;
    }
    const live = this.#open(credential, record, presentedAt, now, reporter, attempts, fresh);
    return isPromise(live)
      ? live.then((opened) => this.#remember(credential, opened))
      : this.#remember(credential, live);
  }

  #remember(credential: Credential, found: Live | Locked | null): Live | Locked | null {
    if (found === null || found instanceof Locked) this.credentials.forget(credential);
    else if (found !== credential.known) this.keep(found);
    return found;
  }

  // Opening and proving cost more than all the rest of a read, and most reads find what the last one found.
  #open(
    credential: Credential,
    record: StoredRecord<unknown>,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
    fresh: boolean,
  ): Awaitable<Live | Locked | null> {
    const { handle, known } = credential;
    const isKnown =
      known !== undefined &&
      (known.presentableUntil === undefined || presentedAt < known.presentableUntil) &&
      known.record.user === record.user &&
      isSame(known.record.header, record.header);
    const opened = isKnown ? known : readHeader(this.codec, handle, record);
    if (opened === null) {
      if (!fresh) return this.look(credential, presentedAt, now, reporter, attempts, true);
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    const { header } = opened;
    const found = standing(header, Math.max(opened.seenAt, credential.seenAt), now);
    if (found === "live" && isKnown)
      return this.#openData(credential, record, opened, known.presentableUntil, reporter);
    if (found === "idle" || found === "absolute") {
      // What others have written meanwhile may say otherwise.
      if (!fresh) return this.look(credential, presentedAt, now, reporter, attempts, true);
      this.#end(handle, header, found, now, reporter);
      return null;
    }
    const claim = claimOf(header, credential, presentedAt);
    if (!fresh && (claim === "replayed" || claim === "outrun" || found === "locked"))
      return this.look(credential, presentedAt, now, reporter, attempts, true);
    if (claim === "replayed") return this.#refuseReplay(handle, header, now, reporter);
    if (claim === "outrun") return null;
    if (found === "locked") return new Locked(credential, record, opened);
    const { next, previous } = header;
    if (claim === "current") return this.#openData(credential, record, opened, undefined, reporter);
    if (claim === "previous")
      return this.#openData(credential, record, opened, previous?.until ?? 0, reporter);
    // Not to be taken for proven again before its secret is the current one.
    const live = this.#openData(credential, record, opened, 0, reporter);
    if (live === null || next === undefined) return live;
    return this.#replaceSecret(live, next, presentedAt, now, reporter, attempts);
  }

  /** Ends what has reached a limit. Not waited for: over it is, whether or not the store can say so now. */
  #end(
    handle: string,
    { user }: RecordHeader,
    reason: "idle" | "absolute",
    now: number,
    reporter: Reporter,
  ): void {
    const removing = attempt<unknown>(
      () => this.remove(handle, now, reporter),
      () => undefined,
    );
    if (isPromise(removing)) removing.catch(() => undefined);
    reporter.report("session_expired", { reason }, { handle, user });
  }

  /** A locked session's data; `null`, and a report, if it cannot be read. */
  unlock(locked: Locked, reporter: Reporter): Live | null {
    const { credential, record } = locked;
    return this.#openData(credential, record, locked, undefined, reporter);
  }

  #openData(
    credential: Credential,
    record: StoredRecord<unknown>,
    opened: StampedHeader,
    presentableUntil: number | undefined,
    reporter: Reporter,
  ): Live | null {
    const { handle, known } = credential;
    if (
      known !== undefined &&
      known === opened &&
      known.record.version === record.version &&
      isSame(known.record.body, record.body)
    ) {
      return known;
    }
    const data = this.codec.openBody(credential, opened.header, tieIn(opened, record.version), record.body);
    if (data === null) {
      reporter.report("session_unreadable", {}, { handle });
      return null;
    }
    const { header, seenAt, writtenIn, tie } = opened;
    return { credential, record, header, seenAt, writtenIn, tie, data, presentableUntil };
  }

  /** The client has presented the secret it was offered: it takes the place of the one before. */
  #replaceSecret(
    live: Live,
    next: NextSecret,
    presentedAt: number,
    now: number,
    reporter: Reporter,
    attempts: number,
  ): Awaitable<Live | Locked | null> {
    if (attempts <= 1) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    const { credential } = live;
    const header = withNextSecret(live.header, next, now, this.#policy.renewGrace);
    // The secret is genuine whether or not the store can take it down now; the next request tries again.
    const replacing = attempt<Live | null | typeof FAILED>(
      () => this.replaceHeader(live, header, lastSeenAt(live), now, reporter),
      () => FAILED,
    );
    const replaced = chain(replacing, (done) => {
      if (done === FAILED) return live;
      if (done === null) return this.look(credential, presentedAt, now, reporter, attempts - 1);
      reporter.report("session_renewed", {}, { handle: credential.handle, user: header.user });
      return done;
    });
    if (!isPromise(replaced) || !this.store.answersAtOnce) return replaced;
    // Whoever reads at once cannot wait for a write that has to.
    replaced.catch(() => undefined);
    return live;
  }

  // Whoever presents a secret that its owner has replaced has copied it, or was copied; nobody can tell which.
  #refuseReplay(handle: string, header: RecordHeader, now: number, reporter: Reporter): Awaitable<null> {
    const { user } = header;
    const told = (action: "revoked" | "refused"): null => {
      reporter.report("session_replayed", { action }, { handle, user });
      return null;
    };
    if (this.#policy.onReplay === "alert") return told("refused");
    const removed = attempt(
      () => chain(endOtherSide(this.#legacy, header, reporter), () => this.remove(handle, now, reporter)),
      (error) => {
        told("refused");
        throw error;
      },
    );
    return chain(removed, () => told("revoked"));
  }
}

const FAILED = Symbol("failed");

function onlyLive(found: Live | Locked | null): Live | null {
  return found instanceof Locked ? null : found;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);
}
