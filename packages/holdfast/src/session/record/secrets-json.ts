/**
 * The next and the previous secret as the details of a sealed header keep them: bytes as base64url.
 *
 * @module
 */
import type { WrappedKey } from "./header.ts";
import type { NextSecret, PreviousSecret } from "./secrets.ts";

type WrapJson = readonly [keyId: string, bytes: string];

export interface NextSecretJson {
  readonly proof: string;
  readonly keyId: string;
  readonly wraps: readonly WrapJson[];
}

export interface PreviousSecretJson {
  readonly proof: string;
  readonly until: number;
  readonly wraps: readonly WrapJson[];
}

export function nextToJson({ proof, keyId, wraps }: NextSecret): NextSecretJson {
  return { proof, keyId, wraps: wraps.map(wrapToJson) };
}

export function previousToJson({ proof, until, wraps }: PreviousSecret): PreviousSecretJson {
  return { proof, until, wraps: wraps.map(wrapToJson) };
}

/** `null` for what is no next secret. */
export function nextFromJson(value: unknown): NextSecret | null {
  if (!isObject(value) || typeof value.proof !== "string" || typeof value.keyId !== "string") return null;
  const wraps = wrapsFromJson(value.wraps);
  return wraps === null ? null : { proof: value.proof, keyId: value.keyId, wraps };
}

/** `null` for what is no previous secret. */
export function previousFromJson(value: unknown): PreviousSecret | null {
  if (!isObject(value) || typeof value.proof !== "string" || typeof value.until !== "number") return null;
  const wraps = wrapsFromJson(value.wraps);
  return wraps === null ? null : { proof: value.proof, until: value.until, wraps };
}

function wrapToJson({ keyId, bytes }: WrappedKey): WrapJson {
  return [keyId, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url")];
}

function wrapsFromJson(value: unknown): WrappedKey[] | null {
  if (!Array.isArray(value) || !value.every(isWrapJson)) return null;
  return value.map(([keyId, bytes]) => ({ keyId, bytes: Buffer.from(bytes, "base64url") }));
}

function isWrapJson(value: unknown): value is WrapJson {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
