/**
 * How keys and their times are written down: JSON that says its format.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { keyIdOf } from "./key.ts";
import type { KeyEntry } from "./schedule.ts";
import { checkStrength } from "./secrets.ts";

const FORMAT = 1;

export function encodeKeys(entries: readonly KeyEntry[]): string {
  return `${JSON.stringify({ format: FORMAT, keys: entries }, null, 2)}\n`;
}

/**
 * The entries of a document.
 *
 * @param where - what was read, the beginning of a sentence: "The key file data/keys.json"
 * @throws {HoldfastError} `ERR_HOLDFAST_KEYS_FORMAT` for another version's, `ERR_HOLDFAST_KEYS_CORRUPT`
 */
export function decodeKeys(text: string, where: string): readonly KeyEntry[] {
  const document = parse(text, where);
  if (!isObject(document)) throw corrupt(where, "holds no keys");
  const { format, keys } = document;
  if (format !== FORMAT) throw otherFormat(where, format);
  if (!Array.isArray(keys) || keys.length === 0) throw corrupt(where, "holds no keys");
  const list: readonly unknown[] = keys;
  const entries = list.map((key) => entryOf(key, where));
  if (new Set(entries.map(({ id }) => id)).size < entries.length) throw corrupt(where, "names a key twice");
  return entries;
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says would quote the document.
    throw corrupt(where, text.trim() === "" ? "is empty" : "is no JSON: it was cut or edited");
  }
}

function otherFormat(where: string, format: unknown): HoldfastError {
  if (typeof format !== "number") return corrupt(where, "does not say its format");
  return new HoldfastError(
    "ERR_HOLDFAST_KEYS_FORMAT",
    `${where} has format ${format}; this version of Holdfast knows ${FORMAT}. It is left as it is. Upgrade this process.`,
  );
}

function entryOf(key: unknown, where: string): KeyEntry {
  if (!isObject(key)) throw corrupt(where, "holds something that is no key");
  const { id, secret, createdAt, activeFrom, retireAt, revokedAt, longestLife } = key;
  if (typeof id !== "string" || !/^[\w-]{4}$/.test(id)) throw corrupt(where, "has a key without an id");
  const over = isTime(revokedAt) || isTime(retireAt);
  if (typeof secret !== "string" || !isSecretOf(secret, id, over)) {
    throw corrupt(where, `has another secret under key ${id} than the one it was made for`);
  }
  if (!isTime(createdAt) || !isTime(activeFrom) || !isTime(longestLife)) {
    throw corrupt(where, `does not say the times of key ${id}`);
  }
  if ((retireAt !== null && !isTime(retireAt)) || (revokedAt !== null && !isTime(revokedAt))) {
    throw corrupt(where, `does not say when key ${id} ends`);
  }
  return { id, secret, createdAt, activeFrom, retireAt, revokedAt, longestLife };
}

/** The secret of a key that is over has been erased. */
function isSecretOf(secret: string, id: string, over: boolean): boolean {
  if (secret === "") return over;
  try {
    checkStrength(secret, "It", "");
  } catch {
    return false;
  }
  return keyIdOf(secret) === id;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function corrupt(where: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_KEYS_CORRUPT",
    `${where} ${what}. It is left as it is. Restore it from a backup; or remove it, which ends all sessions.`,
    cause === undefined ? undefined : { cause },
  );
}
