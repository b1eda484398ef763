/**
 * What is kept in the database, as session objects under names of their own. The object's cookie is what the store reads
 * to learn when the entry may go; nothing else of it counts.
 *
 * @module
 */
import type { Handle, StoredRecord } from "../contract.ts";
import type { ForeignSession } from "./foreign-store.ts";

/**
 * - `"session"`: a record, by handle.
 * - `"ended"`: that a session has ended, by handle. It outlives whatever an operation in flight may still write.
 * - `"revoked"`: a number, by user or {@link EVERYONE}: sessions that were begun under another one have ended.
 * - `"signed-out"`: a number, by user: sign-ins that began under another one are refused.
 */
export type EntryKind = "session" | "ended" | "revoked" | "signed-out";

/** A record, and what must be the same for it to count. */
export interface SessionEntry {
  readonly handle: Handle;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The longest that any write has given it to live, in milliseconds. */
  readonly life: number;
  /** The numbers of everybody's and the user's revocations under which it was begun. */
  readonly everyone: number;
  readonly revoked: number;
  readonly record: StoredRecord;
}

/** Longer than any user's name, so that none is the same. */
export const EVERYONE: string = "everyone".padEnd(64, "-");

/** The engine may remove an entry so much later than needed: its clock may be another one, and counts in seconds. */
const SLACK = 60_000;
const LONGEST = 100 * 365 * 86_400_000;

export function nameOf(kind: EntryKind, name: string): string {
  return `holdfast-${kind}-${name}`;
}

/** @param keep - how long the engine must keep it, in milliseconds from now */
export function sessionObject(entry: SessionEntry, keep: number): ForeignSession {
  const { handle, createdAt, life, everyone, revoked } = entry;
  const { version, expiresAt, user, keyId, header, body } = entry.record;
  const fields = { version, expiresAt, user, keyId, header: base64(header), body: base64(body) };
  return wrapped("session", handle, keep, { createdAt, life, everyone, revoked, ...fields });
}

export function endedObject(handle: Handle, keep: number): ForeignSession {
  return wrapped("ended", handle, keep, {});
}

export function tokenObject(
  kind: "revoked" | "signed-out",
  name: string,
  token: number,
  keep: number,
): ForeignSession {
  return wrapped(kind, name, keep, { token });
}

/** The kind and name that an object says it has; `null` if it is none of ours. */
export function labelOf(value: unknown): { readonly kind: string; readonly name: string } | null {
  const content = contentOf(value);
  if (content === null || typeof content.kind !== "string" || typeof content.name !== "string") return null;
  return { kind: content.kind, name: content.name };
}

/** `null` for whatever was not written here under this name. */
export function readSession(handle: Handle, value: unknown): SessionEntry | null {
  const content = ours("session", handle, value);
  if (content === null) return null;
  const { createdAt, life, everyone, revoked, version, expiresAt, user, keyId, header, body } = content;
  if (!isNumber(createdAt) || !isNumber(life) || !isNumber(expiresAt)) return null;
  if (!isNumber(everyone) || !isNumber(revoked)) return null;
  if (!isNumber(version) || !Number.isSafeInteger(version) || version < 1) return null;
  if (typeof keyId !== "string" || typeof header !== "string" || typeof body !== "string") return null;
  if (user !== null && typeof user !== "string") return null;
  const record = { version, expiresAt, user, keyId, header: bytesOf(header), body: bytesOf(body) };
  return { handle, createdAt, life, everyone, revoked, record };
}

export function isEnded(handle: Handle, value: unknown): boolean {
  return ours("ended", handle, value) !== null;
}

/** 0 if nothing was ever revoked. */
export function readToken(kind: "revoked" | "signed-out", name: string, value: unknown): number {
  const content = ours(kind, name, value);
  return content !== null && isNumber(content.token) ? content.token : 0;
}

function wrapped(kind: EntryKind, name: string, keep: number, content: object): ForeignSession {
  const maxAge = Math.max(0, Math.min(Math.ceil(keep), LONGEST)) + SLACK;
  // Each kind of store reads another one of the three. The machine's clock is the one they compare with.
  const cookie = { originalMaxAge: maxAge, maxAge, expires: new Date(Date.now() + maxAge) };
  return Object.assign({ cookie }, { holdfast: { kind, name, ...content } });
}

function ours(kind: EntryKind, name: string, value: unknown): Record<string, unknown> | null {
  const content = contentOf(value);
  return content !== null && content.kind === kind && content.name === name ? content : null;
}

function contentOf(value: unknown): Record<string, unknown> | null {
  if (!isObject(value) || !Object.hasOwn(value, "holdfast")) return null;
  return isObject(value.holdfast) ? value.holdfast : null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
