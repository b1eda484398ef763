import type { ClientChange, ClientTraits } from "./compare.ts";

/** A signed-in session that comes from another client than it did. Evidence, and no proof: people change networks. */
export interface ClientRisk {
  /** What has changed: one or more of `"system"`, `"browser"` and `"network"`, in this order. */
  readonly changes: readonly ClientChange[];
  /** The client as the session knew it. */
  readonly before: ClientTraits;
  /** The client of this request. */
  readonly now: ClientTraits;
  readonly user: string;
  /** The session's public name, for `sessions.revoke`. */
  readonly handle: string;
}

const VERDICTS = ["allow", "notify", "reauthenticate", "end"] as const;

/** What is done about a {@link ClientRisk}. */
export type RiskVerdict = (typeof VERDICTS)[number];

export function isVerdict(value: unknown): value is RiskVerdict {
  return VERDICTS.some((verdict) => verdict === value);
}
