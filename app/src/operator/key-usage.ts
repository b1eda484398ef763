import type { Sessions } from "holdfast";

/** A key of the ring, and how many live sessions depend on it. Never its secret. */
export interface KeyUsage {
  readonly name: string;
  /** Public: it stands in every cookie. */
  readonly id: string;
  readonly sessions: number;
  /** True if nobody is signed out when it goes. */
  readonly mayGo: boolean;
}

const STATES = {
  pending: "Next key",
  active: "Signing key",
  verifying: "Older key",
  retired: "Retired key",
  revoked: "Revoked key",
} as const;

/** Newest first. */
export async function keyUsage(sessions: Sessions): Promise<KeyUsage[]> {
  const usage = await sessions.keys.usage();
  return usage.map(({ id, state, liveSessions, safeToRetire }) => ({
    name: STATES[state],
    id,
    sessions: liveSessions,
    mayGo: safeToRetire,
  }));
}
