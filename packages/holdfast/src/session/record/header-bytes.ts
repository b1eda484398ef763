/**
 * A record's header as bytes, for sealing:
 *
 * ```
 * 0   format        1 byte, now 1
 * 1   flags         1 byte; bit 0: remembered
 * 2   created at    float64, big-endian, like all numbers
 * 10  authenticated at
 * 18  seen at
 * 26  idle limit
 * 34  ends at
 * 42  cookie life
 * 50  data version
 * 58  proof         43 characters of base64url
 * 101 wraps         1 byte: how many; then 36 bytes each: key id (4 characters), wrapped data key (32)
 * …   details       JSON, UTF-8: user and client
 * ```
 *
 * @module
 */
import type { Client, RecordHeader, WrappedKey } from "./header.ts";

const FORMAT = 1;
const REMEMBERED = 1;
const PROOF = 58;
const PROOF_LENGTH = 43;
const WRAPS = PROOF + PROOF_LENGTH;
const WRAP_LENGTH = 36;

export function encodeHeader(header: RecordHeader): Buffer {
  const details = JSON.stringify({ user: header.user, client: header.client });
  const detailsAt = WRAPS + 1 + header.wraps.length * WRAP_LENGTH;
  const bytes = Buffer.alloc(detailsAt + Buffer.byteLength(details));
  bytes[0] = FORMAT;
  bytes[1] = header.remembered ? REMEMBERED : 0;
  bytes.writeDoubleBE(header.createdAt, 2);
  bytes.writeDoubleBE(header.authenticatedAt, 10);
  bytes.writeDoubleBE(header.seenAt, 18);
  bytes.writeDoubleBE(header.idle, 26);
  bytes.writeDoubleBE(header.endsAt, 34);
  bytes.writeDoubleBE(header.cookieLife, 42);
  bytes.writeDoubleBE(header.dataVersion, 50);
  bytes.write(header.proof, PROOF, PROOF_LENGTH, "latin1");
  bytes[WRAPS] = header.wraps.length;
  let at = WRAPS + 1;
  for (const { keyId, bytes: wrapped } of header.wraps) {
    bytes.write(keyId, at, 4, "latin1");
    bytes.set(wrapped, at + 4);
    at += WRAP_LENGTH;
  }
  bytes.write(details, detailsAt, "utf8");
  return bytes;
}

/** `null` for bytes that are no header of this format. */
export function decodeHeader(bytes: Uint8Array): RecordHeader | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length <= WRAPS || buffer[0] !== FORMAT) return null;
  const detailsAt = WRAPS + 1 + (buffer[WRAPS] ?? 0) * WRAP_LENGTH;
  const details = parseDetails(buffer.toString("utf8", detailsAt));
  if (details === null) return null;
  return {
    createdAt: buffer.readDoubleBE(2),
    authenticatedAt: buffer.readDoubleBE(10),
    seenAt: buffer.readDoubleBE(18),
    idle: buffer.readDoubleBE(26),
    endsAt: buffer.readDoubleBE(34),
    cookieLife: buffer.readDoubleBE(42),
    remembered: ((buffer[1] ?? 0) & REMEMBERED) !== 0,
    proof: buffer.toString("latin1", PROOF, WRAPS),
    dataVersion: buffer.readDoubleBE(50),
    wraps: wrapsIn(buffer, detailsAt),
    user: details.user,
    client: details.client,
  };
}

function wrapsIn(buffer: Buffer, end: number): WrappedKey[] {
  const wraps: WrappedKey[] = [];
  for (let at = WRAPS + 1; at < end; at += WRAP_LENGTH) {
    wraps.push({
      keyId: buffer.toString("latin1", at, at + 4),
      bytes: buffer.subarray(at + 4, at + WRAP_LENGTH),
    });
  }
  return wraps;
}

function parseDetails(json: string): { user: string | null; client: Client } | null {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || !("user" in value) || !("client" in value))
      return null;
    const { user, client } = value;
    if (user !== null && typeof user !== "string") return null;
    return typeof client === "object" && client !== null ? { user, client } : null;
  } catch {
    return null;
  }
}
