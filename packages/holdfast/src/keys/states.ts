import { type KeyEntry, type KeyState, stateOf } from "./schedule.ts";

/** The state of each key, by id, newest first. */
export type KeyStates = ReadonlyMap<string, KeyState>;

/** Told what happens to the keys. */
export interface KeyNotices {
  /** Another key signs. */
  rotated(key: string, previous: string): void;
  revoked(key: string): void;
  retired(key: string): void;
  /** The provider failed; the ring goes on with what it has, if it has anything. */
  failed(error: unknown): void;
}

export function statesOf(entries: readonly KeyEntry[], now: number): KeyStates {
  return new Map(entries.map((entry) => [entry.id, stateOf(entry, entries, now)]));
}

export function isSame(a: KeyStates, b: KeyStates): boolean {
  const [one, other] = [[...a], [...b]];
  return (
    one.length === other.length &&
    one.every(([id, state], i) => id === other[i]?.[0] && state === other[i][1])
  );
}

/** Tells what has become of the keys of `before`; nothing if there were none. */
export function tellChanges(before: KeyStates, after: KeyStates, notices: KeyNotices): void {
  const [previous, signing] = [activeOf(before), activeOf(after)];
  if (previous === undefined || signing === undefined) return;
  if (previous !== signing) notices.rotated(signing, previous);
  for (const [id, state] of before) {
    if (state === "revoked" || state === "retired") continue;
    const now = after.get(id) ?? "retired";
    if (now === "revoked") notices.revoked(id);
    else if (now === "retired") notices.retired(id);
  }
}

function activeOf(states: KeyStates): string | undefined {
  for (const [id, state] of states) if (state === "active") return id;
  return undefined;
}
