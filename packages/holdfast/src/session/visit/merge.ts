/**
 * Merging parallel requests: what one request changed is applied, key by key, to what another has saved
 * meanwhile, so that no acknowledged write is lost.
 *
 * @module
 */
import { reservedNames } from "../object/session-object.ts";
import { Snapshot } from "../record/snapshot.ts";

/** Session data as parsed: top-level keys only matter here. Made without a prototype. */
export type Data = Record<string, unknown>;

/** What a request did to the top-level keys: a key's new JSON, or `undefined` for a key it removed. */
export type Delta = ReadonlyMap<string, string | undefined>;

/** A snapshot's data in an object without a prototype, without reserved names and `__proto__` (ASVS 15.3.6). */
export function dataOf(snapshot: Snapshot): Data {
  const data: Data = Object.create(null);
  snapshot.pourInto(data, reservedNames);
  return data;
}

/** The other way round. */
export function snapshotOf(data: Data): Snapshot {
  return Snapshot.ofJson(JSON.stringify(data));
}

/** Which top-level keys differ between two states of the data. */
export function deltaBetween(base: Data, mine: Data): Delta {
  const delta = new Map<string, string | undefined>();
  for (const key in mine) {
    const json = JSON.stringify(mine[key]);
    if (!(key in base) || JSON.stringify(base[key]) !== json) delta.set(key, json);
  }
  for (const key in base) if (!(key in mine)) delta.set(key, undefined);
  return delta;
}

/** `data` with the delta applied, as a new object. */
export function applyDelta(data: Data, delta: Delta): Data {
  const merged: Data = Object.assign(Object.create(null), data);
  for (const [key, json] of delta) {
    if (json === undefined) delete merged[key];
    else merged[key] = JSON.parse(json);
  }
  return merged;
}

/** The keys that both sides changed, and not to the same value: there the last writer wins. */
export function conflictingKeys(base: Data, theirs: Data, mine: Delta): string[] {
  const others = deltaBetween(base, theirs);
  return [...mine.keys()].filter((key) => others.has(key) && others.get(key) !== mine.get(key));
}

/** What goes along when a session gets a new user: what this request wrote, and the keys of `keep`. */
export function carryOver(base: Data, mine: Data, keep: "all" | readonly string[]): Data {
  if (keep === "all") return mine;
  const carried: Data = Object.create(null);
  for (const key of [...keep, ...deltaBetween(base, mine).keys()]) if (key in mine) carried[key] = mine[key];
  return carried;
}
