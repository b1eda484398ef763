/**
 * What the stores of this package have in common: how much they take, how much may wait for them, and how long
 * they remember revocations.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import type { StoredRecord } from "./contract.ts";

/** The largest header and body of a record together, in bytes. */
export const MAX_RECORD_BYTES: number = 64 * 1024 * 1024;

/** The largest value under a name, in bytes. */
export const MAX_VALUE_BYTES: number = 1024 * 1024;

/**
 * How many operations may be under way to a server that does not answer, which must not fill this process's memory. More
 * than `overload` lets wait, writes included: those that were given up at their deadline count here too.
 */
export const MOST_UNDER_WAY = 5_000;

/** How long a user's generation is kept, in milliseconds: far longer than a sign-in takes. */
export const GENERATION_MS: number = 60 * 60_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_TOO_LARGE` */
export function assertRecordFits({ header, body }: StoredRecord): void {
  if (header.byteLength + body.byteLength <= MAX_RECORD_BYTES) return;
  throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE", "A session larger than 64 MiB cannot be stored.");
}

/** @throws {HoldfastError} `ERR_HOLDFAST_TOO_LARGE` */
export function assertValueFits({ byteLength }: Uint8Array): void {
  if (byteLength <= MAX_VALUE_BYTES) return;
  throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE", "A value larger than 1 MiB cannot be stored.");
}
