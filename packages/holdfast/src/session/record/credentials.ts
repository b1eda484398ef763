/**
 * From the text of a cookie to a proven session id, and back.
 *
 * Verified ids are remembered, so that the usual request pays for a map lookup instead of an HMAC. The memory
 * proves only that this deployment issued the id; whether the session still lives is asked of the store each time.
 *
 * @module
 */
import { hash, timingSafeEqual } from "node:crypto";
import { type Random, RandomPool } from "../../crypto/random.ts";
import {
  handleOf,
  joinSessionId,
  keyIdOf,
  looksLikeSessionId,
  macOf,
  pairOf,
  secretOf,
} from "../../crypto/session-id.ts";
import type { Key } from "../../keys/key.ts";
import type { KeyRing } from "../../keys/key-ring.ts";
import type { RiskVerdict } from "../client/risk.ts";
import type { Live } from "./live.ts";
import { freshText } from "./plain-data.ts";

/** A session id that this deployment issued, and what this process knows of its session. */
export class Credential {
  /** The whole session id, as the cookie carries it. Secret. */
  readonly value: string;
  readonly handle: string;
  /** 43 characters of base64url. Secret. */
  readonly secret: string;
  /** When this process last saw the session in use; 0 while it has not loaded it. Milliseconds since 1970. */
  seenAt = 0;
  /** The session's idle limit as last loaded; 0 while unknown. Milliseconds. */
  idle = 0;
  /** When activity must next be recorded in the store. Milliseconds since 1970. */
  touchDueAt = 0;
  /** The session as it was last read or written: the same bytes need not be opened and proven again. */
  known: Live | undefined = undefined;
  /** What was last thought of a change of its client, and of which change. */
  judged: { readonly of: string; readonly verdict: RiskVerdict } | undefined = undefined;
  /** In which generation of {@link Credentials} it was last remembered; 0: in none. */
  generation = 0;
  readonly #key: Key;
  #wrappingKey: Buffer | undefined = undefined;
  #proof: string | undefined = undefined;

  constructor(key: Key, value: string, handle: string, secret: string) {
    this.#key = key;
    this.value = value;
    this.handle = handle;
    this.secret = secret;
  }

  get keyId(): string {
    return this.#key.id;
  }

  /**
   * What a record keeps of the secret, to know it again: hashed even in this process's memory, for a dump of the store must
   * not hold what opens it. The secret has 256 random bits, so nothing slower than SHA-256 is needed.
   */
  get proof(): string {
    this.#proof ??= hash("sha256", this.secret, "base64url");
    return this.#proof;
  }

  get wrappingKey(): Buffer {
    this.#wrappingKey ??= this.#key.wrappingKey(this.handle, this.secret);
    return this.#wrappingKey;
  }
}

/** Two generations of this size are kept: a busy process holds at most twice as many ids, and twice as much data. */
const MOST_IDS = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;

export class Credentials {
  readonly #keys: KeyRing;
  readonly #random: RandomPool;
  // Two generations make a cheap least-recently-used: what is used moves to the young one, what is not falls off.
  #young = new Map<string, Credential>();
  #old = new Map<string, Credential>();
  /** About how many bytes of session data the young ones hold. */
  #bytes = 0;
  /** Of the young ones. */
  #generation = 1;

  constructor(keys: KeyRing, random: Random) {
    this.#keys = keys;
    this.#random = new RandomPool(random);
  }

  /** The credential of a cookie's value, or `null` for anything this deployment did not issue. */
  verify(value: string): Credential | null {
    const mark = markOf(value);
    const known = this.#young.get(mark);
    if (known !== undefined && known.value === value) return known;
    const older = this.#old.get(mark);
    if (older !== undefined && older.value === value) return this.#remember(older);
    return this.#prove(value);
  }

  /**
   * True if a value that {@link verify} refuses can only be a guess: it has the form of an id, under a key that is known
   * here. What other software set, and what was signed with a key that is gone, is none.
   */
  isGuess(value: string): boolean {
    return looksLikeSessionId(value) && this.#keys.get(keyIdOf(value)) !== undefined;
  }

  /**
   * A new id.
   *
   * @param handle - where the record's name was fixed before
   * @param key - default: the newest
   */
  issue(handle?: string, key: Key = this.#keys.newest): Credential {
    return make(key, handle ?? this.newHandle(), this.#random.text(32));
  }

  /** The same handle and secret under the newest key. */
  reissue(credential: Credential): Credential {
    return make(this.#keys.newest, credential.handle, credential.secret);
  }

  /**
   * The same handle with the secret that follows: derived, so that every process gives parallel requests the same one
   * without its being stored.
   *
   * @param keyId - the server key to derive it with. Default: the newest; or the id's own, which another process may have
   * issued under a key that is still to come here
   * @returns `undefined` if the key is gone
   */
  successor({ handle, secret, keyId: own }: Credential, keyId?: string): Credential | undefined {
    const key = this.#keys.get(keyId ?? (this.#keys.isOutdated(own) ? this.#keys.newest.id : own));
    return key && make(key, handle, key.nextSecret(handle, secret));
  }

  /**
   * The id under which a session of other software came over, for whoever presents its legacy credential.
   *
   * @returns `undefined` if the key is gone
   */
  ofLegacy(legacyId: string, handle: string, keyId: string): Credential | undefined {
    const key = this.#keys.get(keyId);
    return key && make(key, handle, key.legacySecret(handle, legacyId));
  }

  /** What a device is to sign: 256 random bits, as 43 characters of base64url. */
  newChallenge(): string {
    return this.#random.text(32);
  }

  newHandle(): string {
    return this.#random.text(16);
  }

  #prove(value: string): Credential | null {
    if (!looksLikeSessionId(value)) return null;
    const key = this.#keys.get(keyIdOf(value));
    if (key === undefined) return null;
    const mac = key.macOfPair(pairOf(value));
    // As text, not as bytes: base64url has several spellings of the same bytes, and only ours is valid.
    if (!timingSafeEqual(Buffer.from(mac, "latin1"), Buffer.from(macOf(value), "latin1"))) return null;
    // Slices would keep the whole Cookie header in memory for as long as the id is remembered, and are slower to look up.
    return this.#remember(
      new Credential(key, freshText(value), freshText(handleOf(value)), freshText(secretOf(value))),
    );
  }

  /** Remembers a session as it now is. */
  keep(live: Live): void {
    this.#setKnown(live.credential, live);
    if (this.#bytes > MOST_BYTES) this.#turn();
  }

  /** Remembers nothing of this session but that its id was issued. */
  forget(credential: Credential): void {
    this.#setKnown(credential, undefined);
  }

  /**
   * The keys are others now: forgets the ids under those that are gone. The rest stay, with the activity that is known of
   * their sessions and not recorded yet.
   */
  forgetStrangers(): void {
    for (const ids of [this.#young, this.#old]) {
      for (const [mark, credential] of ids) {
        if (this.#keys.has(credential.keyId)) continue;
        this.forget(credential);
        ids.delete(mark);
      }
    }
  }

  #setKnown(credential: Credential, live: Live | undefined): void {
    const before = sizeOf(credential);
    credential.known = live;
    if (credential.generation === this.#generation) this.#bytes += sizeOf(credential) - before;
  }

  #remember(credential: Credential): Credential {
    if (this.#young.size >= MOST_IDS) this.#turn();
    this.#young.set(markOf(credential.value), credential);
    credential.generation = this.#generation;
    this.#bytes += sizeOf(credential);
    return credential;
  }

  #turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#generation += 1;
    this.#bytes = 0;
  }
}

// Not remembered before it comes back: most ids of a flood of new sessions never do.
function make(key: Key, handle: string, secret: string): Credential {
  const pair = `${handle}.${secret}`;
  const value = joinSessionId(key.id, pair, key.macOfPair(pair));
  return new Credential(key, value, handle, secret);
}

// The end of the MAC, 72 bits that nobody can guess: enough to find an id by, which is then compared as a whole. More
// than twelve characters V8 would not copy out, and looks up more slowly.
function markOf(value: string): string {
  return value.slice(-12);
}

function sizeOf({ known }: Credential): number {
  return known === undefined ? 0 : known.data.byteLength;
}
