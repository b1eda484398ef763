/**
 * Steps that a client has begun and not ended, such as a sign-in that waits for its second factor. They are kept in the
 * record's header, away from the data: nothing that reads data or guards a page takes them for more than they are.
 *
 * @module
 */

export interface Pending {
  readonly purpose: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** JSON, sealed under the session's data key as the data is. */
  readonly value: string;
}

export const NO_PENDING: readonly Pending[] = Object.freeze([]);

/** What is still pending at `now`, but for `purpose`. */
export function others(pending: readonly Pending[], purpose: string, now: number): readonly Pending[] {
  return pending.filter((step) => step.purpose !== purpose && now < step.until);
}

/** What is pending for `purpose` at `now`. */
export function pendingFor(pending: readonly Pending[], purpose: string, now: number): Pending | undefined {
  return pending.find((step) => step.purpose === purpose && now < step.until);
}

/** True for a list as it is stored. */
export function isPendingList(value: unknown): value is readonly Pending[] {
  return Array.isArray(value) && value.every(isPending);
}

function isPending(value: unknown): value is Pending {
  if (typeof value !== "object" || value === null) return false;
  if (!("purpose" in value) || !("until" in value) || !("value" in value)) return false;
  return (
    typeof value.purpose === "string" && typeof value.until === "number" && typeof value.value === "string"
  );
}
