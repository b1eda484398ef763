/**
 * A session's secrets: the current one, the next one while it is offered to the client, and the previous one, which
 * requests that were under way when it was replaced still carry.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import type { Credential } from "./credentials.ts";
import type { RecordHeader, WrappedKey } from "./header.ts";

/** A secret that the client has been offered, and has not presented yet. */
export interface NextSecret {
  readonly proof: string;
  /** The server key it is derived with, and issued under. */
  readonly keyId: string;
  readonly wraps: readonly WrappedKey[];
}

/** A secret that has been replaced. */
export interface PreviousSecret {
  readonly proof: string;
  /** When it stops being accepted. Milliseconds since 1970. */
  readonly until: number;
  readonly wraps: readonly WrappedKey[];
}

/**
 * How long a replaced secret is accepted, in milliseconds: for requests that were sent before the reply with the new one
 * had arrived.
 */
export const GRACE = 30_000;

/**
 * Which of a session's secrets an id carries. `"outrun"`: one that was good when it was presented, and was replaced twice
 * while its request ran. `"replayed"`: one that had been replaced before it was presented.
 */
export type Claim = "current" | "next" | "previous" | "outrun" | "replayed";

/** @param presentedAt - when the request with the id came */
export function claimOf(header: RecordHeader, { proof }: Credential, presentedAt: number): Claim {
  const { next, previous, secretSince } = header;
  if (isSame(proof, header.proof)) return "current";
  if (next !== undefined && isSame(proof, next.proof)) return "next";
  if (previous !== undefined && isSame(proof, previous.proof)) {
    return presentedAt < previous.until ? "previous" : "replayed";
  }
  return presentedAt < secretSince ? "outrun" : "replayed";
}

/** The wraps of the data key that are for this id's secret. */
export function wrapsFor(header: RecordHeader, { proof }: Credential): readonly WrappedKey[] {
  const { next, previous } = header;
  if (next !== undefined && next.proof === proof) return next.wraps;
  if (previous !== undefined && previous.proof === proof) return previous.wraps;
  return header.wraps;
}

/** True if the id carries the secret that the session has now. */
export function isCurrent(header: RecordHeader, { proof }: Credential): boolean {
  return header.proof === proof;
}

/** The header once the client has presented the next secret. */
export function withNextSecret(header: RecordHeader, next: NextSecret, now: number): RecordHeader {
  return {
    ...header,
    proof: next.proof,
    wraps: next.wraps,
    secretSince: now,
    next: undefined,
    previous: { proof: header.proof, wraps: header.wraps, until: now + GRACE },
  };
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a, "latin1"), Buffer.from(b, "latin1")];
  return one.length === other.length && timingSafeEqual(one, other);
}
