import { randomBytes } from "node:crypto";
import type { StoredRecord } from "../../src/store/contract.ts";

/** A time to begin at: 2026-01-01. Records of {@link record} expire an hour later. */
export const NOW: number = Date.UTC(2026, 0, 1);
export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;

export function newHandle(): string {
  return randomBytes(16).toString("base64url");
}

export function newUser(): string {
  return randomBytes(32).toString("base64url");
}

export function record(fields: Partial<StoredRecord> = {}): StoredRecord {
  return {
    version: 1,
    expiresAt: NOW + HOUR,
    user: null,
    keyId: "key1",
    header: Buffer.from("header"),
    body: Buffer.from("body"),
    ...fields,
  };
}

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString();
}
