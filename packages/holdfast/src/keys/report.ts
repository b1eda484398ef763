import { isAccepted, type KeyEntry, type KeyState, stateOf } from "./schedule.ts";

/** A key as operators see it: never its secret. */
export interface KeySummary {
  /** 4 characters; public, they stand in every cookie. */
  readonly id: string;
  readonly state: KeyState;
  /** `undefined` where nobody has noted it, as for secrets in the options. */
  readonly createdAt: Date | undefined;
  /** Since or from when it signs. */
  readonly activeFrom: Date | undefined;
  /** From when on it is not accepted; `undefined` while no newer key is known. */
  readonly retireAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** A key and what depends on it. */
export interface KeyUsage extends KeySummary {
  readonly liveSessions: number;
  /** Of all live sessions, 0 to 1. */
  readonly share: number;
  /** True if no live session ends when the key is taken away, and none can begin under it. */
  readonly safeToRetire: boolean;
}

/** @param now - milliseconds since 1970 */
export function summaryOf(entry: KeyEntry, entries: readonly KeyEntry[], now: number): KeySummary {
  const { id, createdAt, activeFrom, retireAt, revokedAt } = entry;
  return {
    id,
    state: stateOf(entry, entries, now),
    createdAt: dateOf(createdAt),
    activeFrom: dateOf(activeFrom),
    retireAt: dateOf(retireAt),
    revokedAt: dateOf(revokedAt),
  };
}

/** @param counts - how many live records there are under each key id; those of unknown keys are no live sessions */
export function usageOf(
  entries: readonly KeyEntry[],
  counts: ReadonlyMap<string, number>,
  now: number,
): KeyUsage[] {
  const live = entries.map((entry) => (isAccepted(entry, now) ? (counts.get(entry.id) ?? 0) : 0));
  const all = live.reduce((sum, count) => sum + count, 0);
  return entries.map((entry, index) => {
    const summary = summaryOf(entry, entries, now);
    const liveSessions = live[index] ?? 0;
    const signs = summary.state === "active" || summary.state === "pending";
    return {
      ...summary,
      liveSessions,
      share: all === 0 ? 0 : liveSessions / all,
      safeToRetire: !signs && liveSessions === 0,
    };
  });
}

function dateOf(time: number | null): Date | undefined {
  return time === null || time === 0 ? undefined : new Date(time);
}
