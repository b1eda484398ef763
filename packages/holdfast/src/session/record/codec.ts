/**
 * How a record's header and body become the bytes a store keeps.
 *
 * In a shared store a thief may read, so everything is sealed: the header under a server key of its own; the body
 * under a random data key, which the header holds wrapped for the server key *and* the secret in the client's
 * cookie. Neither the store, nor the store and the server's keys together without the cookie, open the data.
 * Renewal and rotation of keys rewrap 32 bytes; the data stays as it is.
 *
 * In this process's own memory sealing would protect nothing, so it is left out, and records stay the values they are.
 *
 * @module
 */

import type { Random } from "../../crypto/random.ts";
import { open, seal } from "../../crypto/seal.ts";
import { HoldfastError } from "../../errors.ts";
import type { KeyRing } from "../../keys/key-ring.ts";
import type { IndexedUser, StoreCapabilities } from "../../store/contract.ts";
import { carriedCodec } from "./carried-codec.ts";
import type { Credential } from "./credentials.ts";
import type { BodyTie, RecordHeader, StampedHeader, WrappedKey } from "./header.ts";
import { decodeHeader, encodeHeader } from "./header-bytes.ts";
import type { Pending } from "./pending.ts";
import { wrapsFor } from "./secrets.ts";
import { Snapshot } from "./snapshot.ts";

/** Turns records into what a store keeps, and back. `null` always means: unreadable, treat it as not there. */
export interface RecordCodec {
  /** True where a write of data may leave the stored header as it is, for a while. */
  readonly headersStay: boolean;
  /** A user's names in the store's index, the one for new sessions first. */
  indexNames(user: string): readonly IndexedUser[];
  /** The one for a record of this key. */
  indexName(user: string, keyId: string): IndexedUser;
  /** The wrapped data key of a new session; empty where nothing is sealed. */
  newWraps(credential: Credential): readonly WrappedKey[];
  /** The current secret's wraps once `to`, the same id under a newer key, is in use beside `from`. */
  rewrap(header: RecordHeader, from: Credential, to: Credential): readonly WrappedKey[];
  /** The wraps for the secret that is to follow, by whoever holds the id before. */
  wrapsForNext(header: RecordHeader, from: Credential, to: Credential): readonly WrappedKey[];
  /** @param keyId - the key of the record: nothing of it may depend on another, so that a key that is revoked ends just its own */
  sealHeader(handle: string, keyId: string, header: StampedHeader): unknown;
  openHeader(handle: string, stored: unknown): StampedHeader | null;
  sealBody(credential: Credential, header: RecordHeader, tie: BodyTie, data: Snapshot): unknown;
  openBody(credential: Credential, header: RecordHeader, tie: BodyTie, stored: unknown): Snapshot | null;
  /** The value of a pending step, as its header keeps it. */
  sealPending(credential: Credential, header: RecordHeader, purpose: string, json: string): string;
  openPending(credential: Credential, header: RecordHeader, step: Pending): string | null;
}

export function recordCodec(
  location: StoreCapabilities["location"],
  keys: KeyRing,
  random: Random,
): RecordCodec {
  if (location === "client") return carriedCodec(keys);
  return location === "process" ? plainCodec : new SealedCodec(keys, random);
}

const NO_WRAPS: readonly WrappedKey[] = [];

const plainCodec: RecordCodec = {
  headersStay: true,
  indexNames: (user) => [user],
  indexName: (user) => user,
  newWraps: () => NO_WRAPS,
  rewrap: () => NO_WRAPS,
  wrapsForNext: () => NO_WRAPS,
  sealHeader: (_handle, _keyId, header) => header,
  openHeader: (_handle, stored) => (isHeader(stored) ? stored : null),
  sealBody: (_credential, _header, _tie, data) => data,
  openBody: (_credential, _header, _tie, stored) => (stored instanceof Snapshot ? stored : null),
  sealPending: (_credential, _header, _purpose, json) => json,
  openPending: (_credential, _header, step) => step.value,
};

// Such a store gives back the very values it was given; this only tells them from another's.
function isHeader(stored: unknown): stored is StampedHeader {
  return typeof stored === "object" && stored !== null && "header" in stored && "tie" in stored;
}

const KEY_ID = 4;

class SealedCodec implements RecordCodec {
  readonly headersStay = true;
  readonly #keys: KeyRing;
  readonly #random: Random;

  constructor(keys: KeyRing, random: Random) {
    this.#keys = keys;
    this.#random = random;
  }

  indexNames(user: string): readonly IndexedUser[] {
    return this.#keys.userHashes(user);
  }

  indexName(user: string, keyId: string): IndexedUser {
    return (this.#keys.get(keyId) ?? this.#keys.newest).userHash(user);
  }

  newWraps(credential: Credential): readonly WrappedKey[] {
    return [wrap(this.#random(32), credential)];
  }

  rewrap(header: RecordHeader, from: Credential, to: Credential): readonly WrappedKey[] {
    const { wraps } = header;
    const dataKey = dataKeyOf(header, from);
    if (dataKey === null) return wraps;
    // Requests in flight still carry the id under the older key: both open the data while both keys are known.
    const others = wraps.filter(({ keyId }) => keyId !== to.keyId && this.#keys.has(keyId));
    return [wrap(dataKey, to), ...others];
  }

  wrapsForNext(header: RecordHeader, from: Credential, to: Credential): readonly WrappedKey[] {
    return [wrap(neededDataKeyOf(header, from), to)];
  }

  sealHeader(handle: string, keyId: string, header: StampedHeader): Uint8Array {
    // The key of a session that ends just now may be gone: what is written then is not accepted any more.
    const key = this.#keys.get(keyId) ?? this.#keys.newest;
    const sealed = seal(key.headerKey(handle), encodeHeader(header), `header.${handle}`, this.#random);
    return Buffer.concat([Buffer.from(key.id, "latin1"), sealed]);
  }

  openHeader(handle: string, stored: unknown): StampedHeader | null {
    if (!(stored instanceof Uint8Array)) return null;
    const id = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString("latin1", 0, KEY_ID);
    const key = this.#keys.get(id);
    if (key === undefined) return null;
    const plain = open(key.headerKey(handle), stored.subarray(KEY_ID), `header.${handle}`);
    return plain === null ? null : decodeHeader(plain);
  }

  sealBody(credential: Credential, header: RecordHeader, tie: BodyTie, data: Snapshot): Uint8Array {
    const dataKey = neededDataKeyOf(header, credential);
    return seal(dataKey, Buffer.from(data.json, "utf8"), bodyContext(credential, tie), this.#random);
  }

  openBody(credential: Credential, header: RecordHeader, tie: BodyTie, stored: unknown): Snapshot | null {
    const dataKey = dataKeyOf(header, credential);
    if (dataKey === null || !(stored instanceof Uint8Array)) return null;
    const plain = open(dataKey, stored, bodyContext(credential, tie));
    const json = plain === null ? "" : plain.toString("utf8");
    return json.startsWith("{") ? Snapshot.ofJson(json) : null;
  }

  sealPending(credential: Credential, header: RecordHeader, purpose: string, json: string): string {
    const dataKey = neededDataKeyOf(header, credential);
    const context = pendingContext(credential, purpose);
    return seal(dataKey, Buffer.from(json, "utf8"), context, this.#random).toString("base64url");
  }

  openPending(credential: Credential, header: RecordHeader, { purpose, value }: Pending): string | null {
    const dataKey = dataKeyOf(header, credential);
    if (dataKey === null) return null;
    const plain = open(dataKey, Buffer.from(value, "base64url"), pendingContext(credential, purpose));
    return plain === null ? null : plain.toString("utf8");
  }
}

// Ties the body to its session, its version, and the header it was written beside or one that a touch has put there.
function bodyContext({ handle }: Credential, { headerVersion, dataVersion }: BodyTie): string {
  const apart = headerVersion === dataVersion ? "" : `.${headerVersion}`;
  return `body.${handle}${apart}.${dataVersion}`;
}

// One purpose's value is no other's.
function pendingContext(credential: Credential, purpose: string): string {
  return `pending.${credential.handle}.${purpose}`;
}

// The wrapping key is used for this one data key only, so XOR is a one-time pad; the sealed header around it
// keeps anyone from changing it.
function wrap(dataKey: Uint8Array, credential: Credential): WrappedKey {
  return { keyId: credential.keyId, bytes: xor(dataKey, credential.wrappingKey) };
}

function dataKeyOf(header: RecordHeader, credential: Credential): Buffer | null {
  const found = wrapsFor(header, credential).find(({ keyId }) => keyId === credential.keyId);
  return found === undefined ? null : xor(found.bytes, credential.wrappingKey);
}

// The caller has opened the session with this id; without its wrap there is nothing that may be written.
function neededDataKeyOf(header: RecordHeader, credential: Credential): Buffer {
  const dataKey = dataKeyOf(header, credential);
  if (dataKey === null) throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED");
  return dataKey;
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(a.length);
  for (let i = 0; i < a.length; i++) out[i] = (a[i] ?? 0) ^ (b[i] ?? 0);
  return out;
}
