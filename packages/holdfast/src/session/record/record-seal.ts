/**
 * A whole record as text that its client may carry and can neither read nor change: AES-256-GCM under a server key that
 * belongs to the session, with its handle and the cookie's name as associated data. So no part of it can be swapped for
 * another's, and apps that share a secret do not take each other's sessions.
 *
 * ```
 * key id          4 characters; then the sealed bytes in base64url:
 * 0   format      1 byte, now 1
 * 1   marks       1 byte; bit 0: one of the user's; bit 1: one of everybody's
 * 2   version     float64, big-endian, like all numbers
 * 10  expires at  float64
 * 18  header      uint32: its length
 * 22  marks       11 characters each
 * …   header, then the body
 * ```
 *
 * @module
 */
import type { Random } from "../../crypto/random.ts";
import { open, seal } from "../../crypto/seal.ts";
import { KEY_ID_LENGTH } from "../../crypto/session-id.ts";
import type { KeyRing } from "../../keys/key-ring.ts";
import type { StoredRecord } from "../../store/contract.ts";
import { MARK_LENGTH } from "../../store/cookie/deny-list.ts";
import type { CarriedRecord, Marks, RecordSeal } from "../../store/cookie/parts.ts";
import { decodeHeader } from "./header-bytes.ts";

const FORMAT = 1;
const OF_USER = 1;
const OF_ALL = 2;
const FIXED = 22;

/** @param name - the cookie's, as it is over HTTPS */
export function recordSeal(keys: KeyRing, name: string, random: Random): RecordSeal {
  const contextOf = (handle: string): string => `carried.${name}.${handle}`;
  return {
    seal(handle, record, marks) {
      // The key of a session that ends just now may be gone: what is written then is not accepted any more.
      const key = keys.get(record.keyId) ?? keys.newest;
      const sealed = seal(key.carriedKey(handle), encode(record, marks), contextOf(handle), random);
      return key.id + sealed.toString("base64url");
    },
    open(handle, text) {
      const keyId = text.slice(0, KEY_ID_LENGTH);
      const key = keys.get(keyId);
      if (key === undefined) return null;
      const sealed = Buffer.from(text.slice(KEY_ID_LENGTH), "base64url");
      const plain = open(key.carriedKey(handle), sealed, contextOf(handle));
      return plain === null ? null : decode(plain, keyId, (user) => key.userHash(user));
    },
    endOf: ({ header }) => decodeHeader(header)?.header.endsAt ?? 0,
  };
}

function encode({ version, expiresAt, header, body }: StoredRecord, { user, all }: Marks): Buffer {
  const fixed = Buffer.allocUnsafe(FIXED);
  fixed[0] = FORMAT;
  fixed[1] = (user === "" ? 0 : OF_USER) | (all === "" ? 0 : OF_ALL);
  fixed.writeDoubleBE(version, 2);
  fixed.writeDoubleBE(expiresAt, 10);
  fixed.writeUInt32BE(header.length, 18);
  return Buffer.concat([fixed, Buffer.from(user + all, "latin1"), header, body]);
}

/** @param indexName - the user's name is left out: the header says whose session it is */
function decode(bytes: Buffer, keyId: string, indexName: (user: string) => string): CarriedRecord | null {
  if (bytes.length < FIXED || bytes[0] !== FORMAT) return null;
  const flags = bytes[1] ?? 0;
  const allAt = FIXED + (flags & OF_USER ? MARK_LENGTH : 0);
  const headerAt = allAt + (flags & OF_ALL ? MARK_LENGTH : 0);
  const bodyAt = headerAt + bytes.readUInt32BE(18);
  const header = bytes.subarray(headerAt, bodyAt);
  const stamped = decodeHeader(header);
  if (stamped === null) return null;
  const { user } = stamped.header;
  const record: StoredRecord = {
    version: bytes.readDoubleBE(2),
    expiresAt: bytes.readDoubleBE(10),
    user: user === null ? null : indexName(user),
    keyId,
    header,
    body: bytes.subarray(bodyAt),
  };
  const marks = {
    user: bytes.toString("latin1", FIXED, allAt),
    all: bytes.toString("latin1", allAt, headerAt),
  };
  return { record, marks };
}
