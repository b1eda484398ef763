/**
 * What the store knows of one place at a provider: whose sessions may be there, and whether it was logged out.
 *
 * @module
 */

/** One of the users as whom the app signs a subject in; as a rule there is one. */
export interface EnteredUser {
  readonly user: string;
  /** From then on they have no session here. Milliseconds since 1970. */
  readonly until: number;
}

/** A logout, remembered for sign-ins that were under way. */
export interface Logout {
  /** When it was, by the provider's clock. Seconds since 1970. */
  readonly at: number;
  /** Until when it is remembered. Milliseconds since 1970. */
  readonly until: number;
}

export interface Entry {
  readonly users: readonly EnteredUser[];
  readonly logout?: Logout | undefined;
}

export const NOTHING_ENTERED: Entry = { users: [] };

/** What of it still counts. */
export function stillIn({ users, logout }: Entry, now: number): Entry {
  const rest = users.filter(({ until }) => now < until);
  return logout !== undefined && now < logout.until ? { users: rest, logout } : { users: rest };
}

/** Until when the store must keep it. Milliseconds since 1970. */
export function endOf({ users, logout }: Entry): number {
  return Math.max(logout?.until ?? 0, ...users.map(({ until }) => until));
}

export function encodeEntry({ users, logout }: Entry): Buffer {
  return Buffer.from(JSON.stringify({ users, logout }), "utf8");
}

/** `null` for bytes that are none. */
export function decodeEntry(bytes: Uint8Array): Entry | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { users, logout }: { users?: unknown; logout?: unknown } = value;
    if (!Array.isArray(users) || !users.every(isEnteredUser)) return null;
    if (logout !== undefined && !isLogout(logout)) return null;
    return { users, logout };
  } catch {
    return null;
  }
}

function isEnteredUser(value: unknown): value is EnteredUser {
  if (typeof value !== "object" || value === null) return false;
  const { user, until }: { user?: unknown; until?: unknown } = value;
  return typeof user === "string" && typeof until === "number";
}

function isLogout(value: unknown): value is Logout {
  if (typeof value !== "object" || value === null) return false;
  const { at, until }: { at?: unknown; until?: unknown } = value;
  return typeof at === "number" && typeof until === "number";
}
