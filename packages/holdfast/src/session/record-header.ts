/**
 * A record's header: what the server must know of a session without its cookie. A view over bytes, so that a
 * request which needs two numbers reads two numbers.
 *
 * ```
 * 0   format        1 byte, now 1
 * 1   flags         1 byte; bit 0: remembered (persistent cookie until the absolute limit)
 * 2   created at    float64, milliseconds since 1970, like all times
 * 10  authenticated at (0: never by signIn)
 * 18  seen at       last recorded activity
 * 26  idle limit    milliseconds
 * 34  ends at       absolute limit
 * 42  cookie life   milliseconds; 0: a session cookie
 * 50  secret hash   32 bytes, SHA-256
 * 82  data version  float64: the record version whose body this header belongs to
 * 90  wraps         1 byte: how many; then 36 bytes each: key id (4, ASCII), wrapped data key (32)
 * …   details       JSON, UTF-8
 * ```
 *
 * @module
 */

/** What an operator or the user may see of where a session came from. */
export interface Client {
  readonly ip?: string;
  readonly userAgent?: string;
}

/** The part of the header that only listing and auditing need. */
export interface HeaderDetails {
  readonly user?: string;
  readonly client?: Client;
}

/** The session's data key, wrapped for one server key and the secret in the client's cookie. */
export interface WrappedKey {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

export interface HeaderFields {
  readonly createdAt: number;
  readonly authenticatedAt: number;
  readonly seenAt: number;
  readonly idle: number;
  readonly endsAt: number;
  readonly cookieLife: number;
  readonly remembered: boolean;
  readonly secretHash: Buffer;
  readonly dataVersion: number;
  readonly wraps: readonly WrappedKey[];
  readonly details: HeaderDetails;
}

const FORMAT = 1;
const REMEMBERED = 1;
const SECRET_HASH = 50;
const DATA_VERSION = 82;
const WRAPS = 90;
const WRAP_SIZE = 36;

export class RecordHeader {
  readonly bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  static from(fields: HeaderFields): RecordHeader {
    const details = JSON.stringify(fields.details);
    const detailsAt = WRAPS + 1 + fields.wraps.length * WRAP_SIZE;
    const bytes = Buffer.allocUnsafe(detailsAt + Buffer.byteLength(details));
    bytes[0] = FORMAT;
    bytes[1] = fields.remembered ? REMEMBERED : 0;
    bytes.writeDoubleBE(fields.createdAt, 2);
    bytes.writeDoubleBE(fields.authenticatedAt, 10);
    bytes.writeDoubleBE(fields.seenAt, 18);
    bytes.writeDoubleBE(fields.idle, 26);
    bytes.writeDoubleBE(fields.endsAt, 34);
    bytes.writeDoubleBE(fields.cookieLife, 42);
    fields.secretHash.copy(bytes, SECRET_HASH);
    bytes.writeDoubleBE(fields.dataVersion, DATA_VERSION);
    bytes[WRAPS] = fields.wraps.length;
    let at = WRAPS + 1;
    for (const wrap of fields.wraps) {
      bytes.write(wrap.keyId, at, 4, "latin1");
      bytes.set(wrap.bytes, at + 4);
      at += WRAP_SIZE;
    }
    bytes.write(details, detailsAt, "utf8");
    return new RecordHeader(bytes);
  }

  /** `null` for bytes that are no header of this format. */
  static read(bytes: Uint8Array): RecordHeader | null {
    const buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (buffer.length <= WRAPS || buffer[0] !== FORMAT) return null;
    const header = new RecordHeader(buffer);
    return buffer.length >= header.#detailsAt ? header : null;
  }

  get createdAt(): number {
    return this.bytes.readDoubleBE(2);
  }
  get authenticatedAt(): number {
    return this.bytes.readDoubleBE(10);
  }
  get seenAt(): number {
    return this.bytes.readDoubleBE(18);
  }
  get idle(): number {
    return this.bytes.readDoubleBE(26);
  }
  get endsAt(): number {
    return this.bytes.readDoubleBE(34);
  }
  get cookieLife(): number {
    return this.bytes.readDoubleBE(42);
  }
  get remembered(): boolean {
    return ((this.bytes[1] ?? 0) & REMEMBERED) !== 0;
  }
  get secretHash(): Buffer {
    return this.bytes.subarray(SECRET_HASH, SECRET_HASH + 32);
  }
  get dataVersion(): number {
    return this.bytes.readDoubleBE(DATA_VERSION);
  }

  get wraps(): WrappedKey[] {
    const wraps: WrappedKey[] = [];
    for (let at = WRAPS + 1; at < this.#detailsAt; at += WRAP_SIZE) {
      wraps.push({
        keyId: this.bytes.toString("latin1", at, at + 4),
        bytes: this.bytes.subarray(at + 4, at + WRAP_SIZE),
      });
    }
    return wraps;
  }

  /** Parsed at each call: ask once. Empty where the bytes hold none. */
  get details(): HeaderDetails {
    return detailsIn(this.bytes.toString("utf8", this.#detailsAt));
  }

  /** The same header after activity at `seenAt`, or for another version of the data. */
  with(change: { readonly seenAt?: number; readonly dataVersion?: number }): RecordHeader {
    const bytes = Buffer.from(this.bytes);
    if (change.seenAt !== undefined) bytes.writeDoubleBE(change.seenAt, 18);
    if (change.dataVersion !== undefined) bytes.writeDoubleBE(change.dataVersion, DATA_VERSION);
    return new RecordHeader(bytes);
  }

  /** Every field, to make a changed header of. */
  fields(): HeaderFields {
    const { createdAt, authenticatedAt, seenAt, idle, endsAt, cookieLife, remembered } = this;
    const { secretHash, dataVersion, wraps, details } = this;
    return {
      createdAt,
      authenticatedAt,
      seenAt,
      idle,
      endsAt,
      cookieLife,
      remembered,
      secretHash,
      dataVersion,
      wraps,
      details,
    };
  }

  get #detailsAt(): number {
    return WRAPS + 1 + (this.bytes[WRAPS] ?? 0) * WRAP_SIZE;
  }
}

// A sealed header is always one of ours; one kept in the open is whatever its store hands out.
function detailsIn(json: string): HeaderDetails {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
