import type { Credential, Credentials } from "../record/credentials.ts";
import type { RecordHeader } from "../record/header.ts";
import { isCurrent } from "../record/secrets.ts";

/** Derivations at most: far more than the renewals between two looks. */
const MOST = 256;

/**
 * The id that the session has now, from one it had before: each secret is derived from the one before it. For a socket,
 * which has proved itself once and is told of no renewal since.
 *
 * @returns the same one while it is current; `undefined` if there is no way to the present one: a key of a renewal in
 * between is gone
 */
export function follow(
  credentials: Credentials,
  from: Credential,
  header: RecordHeader,
): Credential | undefined {
  if (isCurrent(header, from)) return from;
  const keyIds = [...header.wraps, ...(header.previous?.wraps ?? [])].map(({ keyId }) => keyId);
  const queue = [from];
  const met = new Set<string>([from.value]);
  for (let id = queue.shift(); id !== undefined && met.size < MOST; id = queue.shift()) {
    for (const keyId of [undefined, ...keyIds]) {
      const next = credentials.successor(id, keyId);
      if (next === undefined || met.has(next.value)) continue;
      if (isCurrent(header, next)) return next;
      met.add(next.value);
      queue.push(next);
    }
  }
  return undefined;
}
