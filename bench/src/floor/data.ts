/**
 * Copies of a session's data: the app may change its own, and nobody else's.
 *
 * @module
 */
import type { Profile } from "../profile.ts";

export function copyOf(data: Profile): Profile {
  const copy = { ...data };
  for (const key in copy) if (typeof copy[key] === "object") copy[key] = cloned(copy[key]);
  return copy;
}

/** `before` with what is another in `after`. */
export function changed(before: Profile, after: Profile): Profile {
  const next = { ...before };
  for (const key in after) if (!isSame(after[key], before[key])) next[key] = cloned(after[key]);
  return next;
}

function cloned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloned);
  return isObject(value) ? copyOf(value) : value;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  for (const key in a) if (!isSame(a[key], b[key])) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
}

function isObject(value: unknown): value is Profile {
  return typeof value === "object" && value !== null;
}
