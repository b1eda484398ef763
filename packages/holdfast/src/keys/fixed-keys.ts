import { keyIdOf } from "./key.ts";
import type { KeyProvider } from "./provider.ts";
import type { KeyEntry } from "./schedule.ts";

/** The keys of secrets that stand in the options, newest first: the first signs, and nothing changes. */
export function fixedKeys(secrets: readonly string[]): KeyProvider {
  const always = { createdAt: 0, activeFrom: 0, retireAt: null, revokedAt: null, longestLife: 0 };
  const entries = secrets.map((secret): KeyEntry => ({ id: keyIdOf(secret), secret, ...always }));
  const keys = firstOfEachId(entries);
  const refresh = Number.POSITIVE_INFINITY;
  return { rotation: null, refresh, connect: () => ({ read: () => ({ keys, version: null }) }) };
}

/** Of two keys with one id (one pair in 16 million) the first must win, or it could not verify what it signs. */
export function firstOfEachId(entries: readonly KeyEntry[]): readonly KeyEntry[] {
  return entries.filter(({ id }, index) => entries.findIndex((entry) => entry.id === id) === index);
}
