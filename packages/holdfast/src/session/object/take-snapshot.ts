/**
 * From what an app has made of `req.session` to what is stored.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import { Snapshot } from "../record/snapshot.ts";
import type { SessionObject } from "./session-object.ts";

/**
 * The session's data now.
 *
 * @param known - what it was before; returned itself if nothing has changed
 * @throws {HoldfastError} `ERR_HOLDFAST_NOT_JSON` for what JSON cannot carry; `ERR_HOLDFAST_TOO_LARGE` beyond
 * `maxBytes`
 */
export function takeSnapshot(session: SessionObject, known: Snapshot, maxBytes: number): Snapshot {
  const data =
    (known.comparable ? nextOf(known, session) : undefined) ?? throughJson(session, known, maxBytes);
  if (data !== known && !data.fits(maxBytes)) throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE");
  return data;
}

// A getter of the app's may throw; JSON gives that a code.
function nextOf(known: Snapshot, session: SessionObject): Snapshot | undefined {
  try {
    return known.next(session);
  } catch {
    return undefined;
  }
}

function throughJson(session: SessionObject, known: Snapshot, maxBytes: number): Snapshot {
  const json = toJson(session, maxBytes);
  if (json === known.json) return known;
  // What is written again and again is kept as objects; of what has just begun nobody knows, and text is lighter.
  const next = known === Snapshot.EMPTY || known.comparable ? undefined : nextOf(known, session);
  return next ?? Snapshot.ofJson(json);
}

function toJson(session: SessionObject, maxBytes: number): string {
  try {
    if (isJson(session, DEEPEST, maxBytes)) return JSON.stringify(session);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError("ERR_HOLDFAST_NOT_JSON", undefined, { cause: error });
  }
  throw new HoldfastError("ERR_HOLDFAST_NOT_JSON", culprit(session, DEEPEST));
}

const DEEPEST = 32;

// JSON.stringify drops functions, symbols and the content of Maps and Sets without a word.
function isJson(value: object, depth: number, maxBytes: number): boolean {
  if (depth === 0) return true;
  if (Array.isArray(value)) return isJsonList(value, depth, maxBytes);
  // Nearly everything is a plain object, and asking that is quicker.
  if (Object.getPrototypeOf(value) !== Object.prototype && isUnknownToJson(value)) return false;
  const data = value as Readonly<Record<string, unknown>>;
  for (const key in data) {
    if (!isJsonItem(data[key], depth, maxBytes) && Object.hasOwn(data, key)) return false;
  }
  return true;
}

function isJsonList(list: readonly unknown[], depth: number, maxBytes: number): boolean {
  // Each item takes two bytes at least. Said before JSON.stringify is asked for the millions of `session.list[1e8] = 1`.
  if (list.length * 2 > maxBytes) throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE");
  // Not `for in`, which makes a text of each index.
  for (let i = 0; i < list.length; i++) if (!isJsonItem(list[i], depth, maxBytes)) return false;
  return true;
}

function isJsonItem(item: unknown, depth: number, maxBytes: number): boolean {
  if (typeof item === "object") return item === null || hasToJson(item) || isJson(item, depth - 1, maxBytes);
  return typeof item !== "function" && typeof item !== "symbol";
}

function hasToJson(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}

function isUnknownToJson(value: unknown): boolean {
  return (
    typeof value === "function" || typeof value === "symbol" || value instanceof Map || value instanceof Set
  );
}

/** Says which value of the session JSON cannot carry. */
function culprit(value: unknown, depth: number, path = "req.session"): string | undefined {
  if (typeof value === "object" && value !== null && hasToJson(value)) return undefined;
  if (isUnknownToJson(value)) {
    const kind = typeof value === "object" && value !== null ? value.constructor.name : typeof value;
    return `${path} is a ${kind}, which JSON cannot carry. Store plain data.`;
  }
  if (depth === 0 || typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = culprit(item, depth - 1, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
