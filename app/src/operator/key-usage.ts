import type { Sessions } from "holdfast";

/** A secret of `SESSION_SECRET`, and how many live sessions depend on it. Never the secret itself. */
export interface KeyUsage {
  readonly name: string;
  readonly sessions: number;
}

/** Newest first, as they are configured. An old one that no session depends on may go. */
export async function keyUsage(sessions: Sessions): Promise<KeyUsage[]> {
  const counts = await sessions.countBySecret();
  return counts.map((count, index) => ({
    name: index === 0 ? "Newest key" : `Older key ${index}`,
    sessions: count,
  }));
}
