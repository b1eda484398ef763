/**
 * A record's header as bytes, for sealing:
 *
 * ```
 * 0   format        1 byte, now 3
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
 * …   level         1 byte; not in format 1
 * …   details       JSON, UTF-8: user, client and, where there are any, methods, pending steps, since when the secret is in
 *                   use, the next and the previous secret, lock, impersonation, what it was before it came over, the
 *                   device, and the OpenID Provider; `versions`, where the header was not written with the data: the
 *                   record's version when this header was written, and that of the header beside which the data was
 *                   (not in formats 1 and 2); and, as they were found, those of a later version that is not known here
 * ```
 *
 * What an earlier version must not pass over needs another format, which it does not read.
 *
 * Formats 1 and 2 are read still. Format 1 knew one way of signing in, which is level 1 now; in both every write wrote the
 * header too.
 *
 * @module
 */
import { isLevel, NO_METHODS } from "../authentication.ts";
import { type DeviceState, isDeviceState } from "../device-bound/state.ts";
import { isProvider, type Provider } from "../federation/provider.ts";
import type { LegacyLink } from "../legacy.ts";
import type { Client, Impersonation, Lock, RecordHeader, StampedHeader, WrappedKey } from "./header.ts";
import { isPendingList, NO_PENDING, type Pending } from "./pending.ts";
import type { NextSecret, PreviousSecret } from "./secrets.ts";
import { nextFromJson, nextToJson, previousFromJson, previousToJson } from "./secrets-json.ts";

const FORMAT = 3;
const WITHOUT_VERSIONS = 2;
const WITHOUT_LEVEL = 1;
const REMEMBERED = 1;
const PROOF = 58;
const PROOF_LENGTH = 43;
const WRAPS = PROOF + PROOF_LENGTH;
const WRAP_LENGTH = 36;

export function encodeHeader({ header, seenAt, writtenIn, tie }: StampedHeader): Buffer {
  // Written together with its data, as most are.
  const isWhole = writtenIn === tie.dataVersion && writtenIn === tie.headerVersion;
  const known = {
    user: header.user,
    client: header.client,
    methods: unlessEmpty(header.methods),
    pending: unlessEmpty(header.pending),
    secretSince: header.secretSince === header.createdAt ? undefined : header.secretSince,
    next: header.next && nextToJson(header.next),
    previous: header.previous && previousToJson(header.previous),
    lock: header.lock === "none" ? undefined : header.lock,
    impersonation: header.impersonation ?? undefined,
    legacy: header.legacy,
    device: header.device,
    provider: header.provider,
    versions: isWhole ? undefined : [writtenIn, tie.headerVersion],
  };
  const details = JSON.stringify(header.unknown === undefined ? known : { ...header.unknown, ...known });
  const levelAt = WRAPS + 1 + header.wraps.length * WRAP_LENGTH;
  const detailsAt = levelAt + 1;
  const bytes = Buffer.alloc(detailsAt + Buffer.byteLength(details));
  bytes[0] = FORMAT;
  bytes[1] = header.remembered ? REMEMBERED : 0;
  bytes.writeDoubleBE(header.createdAt, 2);
  bytes.writeDoubleBE(header.authenticatedAt, 10);
  bytes.writeDoubleBE(seenAt, 18);
  bytes.writeDoubleBE(header.idle, 26);
  bytes.writeDoubleBE(header.endsAt, 34);
  bytes.writeDoubleBE(header.cookieLife, 42);
  bytes.writeDoubleBE(tie.dataVersion, 50);
  bytes.write(header.proof, PROOF, PROOF_LENGTH, "latin1");
  bytes[WRAPS] = header.wraps.length;
  let at = WRAPS + 1;
  for (const { keyId, bytes: wrapped } of header.wraps) {
    bytes.write(keyId, at, 4, "latin1");
    bytes.set(wrapped, at + 4);
    at += WRAP_LENGTH;
  }
  bytes[levelAt] = header.level;
  bytes.write(details, detailsAt, "utf8");
  return bytes;
}

/** `null` for bytes that are no header of a format known here. */
export function decodeHeader(bytes: Uint8Array): StampedHeader | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = buffer[0];
  if (buffer.length <= WRAPS) return null;
  if (format !== FORMAT && format !== WITHOUT_VERSIONS && format !== WITHOUT_LEVEL) return null;
  const wrapsEnd = WRAPS + 1 + (buffer[WRAPS] ?? 0) * WRAP_LENGTH;
  const details = parseDetails(buffer.toString("utf8", format === WITHOUT_LEVEL ? wrapsEnd : wrapsEnd + 1));
  if (details === null) return null;
  const createdAt = buffer.readDoubleBE(2);
  const authenticatedAt = buffer.readDoubleBE(10);
  const level = format === WITHOUT_LEVEL ? (authenticatedAt === 0 ? 0 : 1) : buffer[wrapsEnd];
  if (!isLevel(level)) return null;
  const header: RecordHeader = {
    createdAt,
    authenticatedAt,
    level,
    methods: details.methods,
    idle: buffer.readDoubleBE(26),
    endsAt: buffer.readDoubleBE(34),
    cookieLife: buffer.readDoubleBE(42),
    remembered: ((buffer[1] ?? 0) & REMEMBERED) !== 0,
    proof: buffer.toString("latin1", PROOF, WRAPS),
    secretSince: details.secretSince ?? createdAt,
    next: details.next,
    previous: details.previous,
    wraps: wrapsIn(buffer, wrapsEnd),
    user: details.user,
    client: details.client,
    pending: details.pending,
    lock: details.lock,
    impersonation: details.impersonation,
    legacy: details.legacy,
    device: details.device,
    provider: details.provider,
    unknown: details.unknown,
  };
  const seenAt = buffer.readDoubleBE(18);
  const dataVersion = buffer.readDoubleBE(50);
  const together = format === FORMAT ? dataVersion : Number.POSITIVE_INFINITY;
  const [writtenIn, headerVersion] = details.versions ?? [together, dataVersion];
  return { header, seenAt, writtenIn, tie: { headerVersion, dataVersion } };
}

// What is undefined is not written.
function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
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

interface Details {
  readonly user: string | null;
  readonly client: Client;
  readonly methods: readonly string[];
  readonly pending: readonly Pending[];
  readonly secretSince: number | undefined;
  readonly next: NextSecret | undefined;
  readonly previous: PreviousSecret | undefined;
  readonly lock: Lock;
  readonly impersonation: Impersonation | null;
  readonly legacy: LegacyLink | undefined;
  readonly device: DeviceState | undefined;
  readonly provider: Provider | undefined;
  readonly versions: readonly [writtenIn: number, headerVersion: number] | undefined;
  readonly unknown: RecordHeader["unknown"];
}

// Spelt out as a record, so that a detail added to the type is missed here by the compiler.
const KNOWN: Readonly<Record<Exclude<keyof Details, "unknown">, true>> = {
  user: true,
  client: true,
  methods: true,
  pending: true,
  secretSince: true,
  next: true,
  previous: true,
  lock: true,
  impersonation: true,
  legacy: true,
  device: true,
  provider: true,
  versions: true,
};

function unknownIn(details: object): RecordHeader["unknown"] {
  const names = Object.keys(details);
  if (names.every((name) => Object.hasOwn(KNOWN, name))) return undefined;
  return Object.fromEntries(Object.entries(details).filter(([name]) => !Object.hasOwn(KNOWN, name)));
}

function parseDetails(json: string): Details | null {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || !("user" in value) || !("client" in value))
      return null;
    const { user, client } = value;
    if (user !== null && typeof user !== "string") return null;
    if (typeof client !== "object" || client === null) return null;
    const methods = "methods" in value ? value.methods : NO_METHODS;
    const pending = "pending" in value ? value.pending : NO_PENDING;
    const secretSince = "secretSince" in value ? value.secretSince : undefined;
    const next = "next" in value ? nextFromJson(value.next) : undefined;
    const previous = "previous" in value ? previousFromJson(value.previous) : undefined;
    const lock = "lock" in value ? value.lock : "none";
    const impersonation = "impersonation" in value ? value.impersonation : null;
    const legacy = "legacy" in value ? value.legacy : undefined;
    const device = "device" in value ? value.device : undefined;
    const provider = "provider" in value ? value.provider : undefined;
    const versions = "versions" in value ? value.versions : undefined;
    if (!isListOfText(methods) || !isPendingList(pending) || !isLock(lock)) return null;
    if (secretSince !== undefined && typeof secretSince !== "number") return null;
    if (next === null || previous === null) return null;
    if (impersonation !== null && !isImpersonation(impersonation)) return null;
    if (legacy !== undefined && !isLegacyLink(legacy)) return null;
    if (device !== undefined && !isDeviceState(device)) return null;
    if (provider !== undefined && !isProvider(provider)) return null;
    if (versions !== undefined && !isPairOfVersions(versions)) return null;
    Object.freeze(methods);
    return {
      user,
      client,
      methods,
      pending,
      secretSince,
      next,
      previous,
      lock,
      impersonation,
      legacy,
      device,
      provider,
      versions,
      unknown: unknownIn(value),
    };
  } catch {
    return null;
  }
}

function isLock(value: unknown): value is Lock {
  return value === "none" || value === "open" || value === "locked";
}

function isImpersonation(value: unknown): value is Impersonation {
  if (typeof value !== "object" || value === null || !("user" in value) || !("own" in value)) return false;
  return typeof value.user === "string" && (typeof value.own === "string" || typeof value.own === "number");
}

function isLegacyLink(value: unknown): value is LegacyLink {
  if (typeof value !== "object" || value === null) return false;
  const { path, id = "", domain = "" }: { path?: unknown; id?: unknown; domain?: unknown } = value;
  return typeof path === "string" && typeof id === "string" && typeof domain === "string";
}

function isPairOfVersions(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger);
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
