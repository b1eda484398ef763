/**
 * When keys are made, used and retired (ASVS 11.2.2, 13.3.4): plain data and pure functions.
 *
 * Lists of entries are newest first. The first whose `activeFrom` has come signs. A newer one is accepted already, for
 * another node's clock may be ahead; an older one until no session signed by it can live any more.
 *
 * @module
 */

/** A key with its times, in milliseconds since 1970. */
export interface KeyEntry {
  /** Public: 4 characters of base64url, derived from the secret. */
  readonly id: string;
  /** At least 32 bytes of text; empty once the key is retired or revoked. */
  readonly secret: string;
  /** 0: unknown. */
  readonly createdAt: number;
  /** From then on it signs, unless a newer one does. 0: always. */
  readonly activeFrom: number;
  /** From then on it is not accepted any more. `null`: not set. */
  readonly retireAt: number | null;
  /** When it was revoked; from then on it is not accepted. */
  readonly revokedAt: number | null;
  /** The longest that a session signed by it can live, in milliseconds. */
  readonly longestLife: number;
}

/**
 * - `pending`: accepted, and signs later
 * - `active`: signs
 * - `verifying`: accepted until its sessions have reached their absolute limit
 * - `retired`, `revoked`: not accepted
 */
export type KeyState = "pending" | "active" | "verifying" | "retired" | "revoked";

/** By what clock keys are rotated; lengths in milliseconds. */
export interface KeyRotation {
  /** How long a key signs. */
  readonly every: number;
  /** How long a key is known before it signs, so that every node has learnt of it. */
  readonly propagation: number;
}

/** What the schedule is kept by. */
export interface KeyPlan extends KeyRotation {
  /** The longest that a session can live which this deployment begins. */
  readonly longestLife: number;
}

/** A new key, not in use yet. */
export type NewKey = Pick<KeyEntry, "id" | "secret">;

type Entries = readonly KeyEntry[];

/** More accepted keys than this are not made by the clock: each one costs a hash wherever a user is looked up. */
export const MOST_KEYS = 64;

/** The key that signs; `undefined` only where every key is retired or revoked. */
export function signingEntry(entries: Entries, now: number): KeyEntry | undefined {
  const accepted = entries.filter((entry) => isAccepted(entry, now));
  return (
    // Not one that has been superseded: its retirement is reckoned from then, even if the successor was revoked since.
    accepted.find(
      (entry) => entry.activeFrom <= now && supersededAt(entries, entries.indexOf(entry)) > now,
    ) ??
    // Where a clock is behind, no key's time may have come: then the one signs whose time comes first.
    accepted.findLast(({ activeFrom }) => activeFrom > now) ??
    accepted[0]
  );
}

export function stateOf(entry: KeyEntry, entries: Entries, now: number): KeyState {
  if (entry.revokedAt !== null) return "revoked";
  if (!isAccepted(entry, now)) return "retired";
  if (entry === signingEntry(entries, now)) return "active";
  return entry.activeFrom > now ? "pending" : "verifying";
}

export function isAccepted({ revokedAt, retireAt }: KeyEntry, now: number): boolean {
  return revokedAt === null && (retireAt === null || now < retireAt);
}

/**
 * The entries as they should be now: a first key where there is none, the next one where it is due, this deployment's
 * longest life noted on what it may sign with, secrets of retired keys erased. `entries` itself if nothing is to be
 * done.
 */
export function maintain(entries: Entries, now: number, plan: KeyPlan, newKey: () => NewKey): Entries {
  const signing = signingEntry(entries, now);
  if (signing === undefined) return withKey(entries, now, now, plan, newKey());
  const claimed = claimLife(entries, now, plan);
  const due = signing.activeFrom + plan.every;
  const accepted = entries.filter((entry) => isAccepted(entry, now));
  if (now >= due - plan.propagation && accepted.length < MOST_KEYS && !hasPending(claimed, now, plan)) {
    return withKey(claimed, Math.max(due, now + plan.propagation), now, plan, newKey());
  }
  const unerased = entries.some((entry) => entry.secret !== "" && !isAccepted(entry, now));
  return unerased || claimed !== entries ? settled(claimed, now, plan) : entries;
}

/** Adds a key that signs once the propagation window has passed; `entries` itself where one is on its way already. */
export function rotate(entries: Entries, now: number, plan: KeyPlan, newKey: () => NewKey): Entries {
  return hasPending(entries, now, plan)
    ? entries
    : withKey(entries, now + plan.propagation, now, plan, newKey());
}

/**
 * Revokes a key. If it was the signing one, the next one signs at once, or a new one where none is on its way: there is
 * no time for a window then. `entries` itself if there is no such key, or it is revoked already.
 */
export function revoke(
  entries: Entries,
  id: string,
  now: number,
  plan: KeyPlan,
  newKey: () => NewKey,
): Entries {
  const target = entries.find((entry) => entry.id === id);
  if (target === undefined || target.revokedAt !== null) return entries;
  const rest = entries.map((entry) => (entry === target ? { ...entry, revokedAt: now } : entry));
  if (signingEntry(entries, now) !== target) return settled(rest, now, plan);
  const next = rest.findLast((entry) => isAccepted(entry, now) && entry.activeFrom > now);
  if (next === undefined) return withKey(rest, now, now, plan, newKey());
  return settled(
    rest.map((entry) => (entry === next ? { ...entry, activeFrom: now } : entry)),
    now,
    plan,
  );
}

function withKey(
  entries: Entries,
  activeFrom: number,
  now: number,
  plan: KeyPlan,
  { id, secret }: NewKey,
): Entries {
  const { longestLife } = plan;
  const added = { id, secret, createdAt: now, activeFrom, retireAt: null, revokedAt: null, longestLife };
  return settled([added, ...entries], now, plan);
}

// What lies further ahead than any plan puts it was made under a clock that was wrong, and keeps nobody waiting.
function hasPending(entries: Entries, now: number, { every, propagation }: KeyPlan): boolean {
  return entries.some(
    (entry) =>
      isAccepted(entry, now) && entry.activeFrom > now && entry.activeFrom <= now + every + propagation,
  );
}

/** Deployments with different limits may share keys; a key must last for the longest. */
function claimLife(entries: Entries, now: number, { longestLife }: KeyPlan): Entries {
  const short = entries.map(
    (entry, index) =>
      entry.longestLife < longestLife && isAccepted(entry, now) && supersededAt(entries, index) > now,
  );
  if (!short.includes(true)) return entries;
  return entries.map((entry, index) => (short[index] === true ? { ...entry, longestLife } : entry));
}

/** When the first newer key takes over from the entry at `index`; infinite if none does. */
function supersededAt(entries: Entries, index: number): number {
  const successors = entries
    .slice(0, index)
    .filter(({ activeFrom, revokedAt }) => revokedAt === null || revokedAt > activeFrom);
  return Math.min(...successors.map(({ activeFrom }) => activeFrom));
}

/**
 * Sets every retirement: when the successor takes over, plus the longest life, plus a window for nodes that learn late
 * or whose clock is behind. What is over keeps no secret; it is dropped once nothing older is left that reckons by it.
 */
function settled(entries: Entries, now: number, { propagation }: KeyPlan): Entries {
  const all = entries.map((entry, index) => {
    const from = supersededAt(entries, index);
    const end = from + entry.longestLife + propagation;
    // Never sooner than was said before: whoever said it may have a longer window.
    const retireAt = from === Number.POSITIVE_INFINITY ? null : Math.max(end, entry.retireAt ?? end);
    const after = { ...entry, retireAt };
    return isAccepted(after, now) ? after : { ...after, secret: "" };
  });
  const kept = all.findLastIndex(({ retireAt }) => retireAt === null || retireAt > now);
  return all.slice(0, kept + 1);
}
