/**
 * Copying and comparing data as JSON.parse makes it, without going through JSON: several times as fast for an ordinary
 * session. What is not certainly the same to JSON is left to JSON itself.
 *
 * @module
 */

/** An object of strings, finite numbers, booleans, `null`, arrays, and objects like itself. */
export type PlainObject = Record<string, unknown>;

// What nests deeper, and longer lists, are left to JSON.
const DEEPEST = 32;
const LONGEST = 10_000;

const NOT_PLAIN = Symbol("not plain");

/** Puts a copy of plain data into `target`. */
export function pour(plain: PlainObject, target: PlainObject): void {
  Object.assign(target, plain);
  cloneWithin(target, plain);
}

// A spread and a slice copy what is flat at once; what nests is mended after.
function clone(value: object): object {
  if (Array.isArray(value)) {
    const list: unknown[] = value.slice();
    for (let i = 0; i < list.length; i++) {
      const item = list[i];
      if (isObject(item)) list[i] = clone(item);
    }
    return list;
  }
  const copy: PlainObject = { ...value };
  cloneWithin(copy, copy);
  return copy;
}

function cloneWithin(target: PlainObject, source: PlainObject): void {
  // Not Object.keys, which makes a list each time; so what others have put on Object.prototype comes by as well.
  for (const key in source) {
    const item = source[key];
    if (isObject(item) && Object.hasOwn(source, key)) target[key] = clone(item);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A copy, and about how many bytes of memory it takes. */
export interface PlainCopy {
  readonly data: PlainObject;
  readonly bytes: number;
}

/**
 * A copy of an object's own enumerable properties, whatever its prototype; `undefined` if it is not plain data, so that
 * JSON would make something else of it.
 *
 * @param base - an earlier copy: what is the same is taken from it, and if all is, it is itself the copy
 */
export function plainCopy(source: object, base: PlainObject = NOTHING): PlainCopy | undefined {
  if (isPrototypePolluted()) return undefined;
  const tally = { bytes: 0 };
  const properties = source as PlainObject;
  const data = copyOver(base, properties, tally) ?? copyObject(properties, DEEPEST, tally);
  return data === NOT_PLAIN ? undefined : { data, bytes: tally.bytes };
}

// Then `for in` finds more than JSON does, and what it finds would be stored.
function isPrototypePolluted(): boolean {
  for (const _key in NOTHING) return true;
  return false;
}

const NOTHING: PlainObject = {};

interface Tally {
  bytes: number;
}

// What values take on a 64-bit V8, about.
const SLOT_BYTES = 8;
const STRING_BYTES = 16;
const OBJECT_BYTES = 64;

/** So many bytes has the JSON of a copy at most for each of {@link PlainCopy.bytes}: control characters are written as six. */
export const JSON_BYTES_PER_BYTE = 6;

/** `undefined` if a key of `base` is gone. */
function copyOver(
  base: PlainObject,
  source: PlainObject,
  tally: Tally,
): PlainObject | typeof NOT_PLAIN | undefined {
  let copy = base;
  let left = 0;
  for (const _key in base) left += 1;
  for (const key in source) {
    const value = source[key];
    const before = tally.bytes;
    if (Object.hasOwn(base, key)) {
      left -= 1;
      if (isSame(value, base[key], tally)) {
        tally.bytes += key.length;
        continue;
      }
    }
    tally.bytes = before;
    if (copy === base) copy = { ...base };
    if (!copyEntry(copy, key, value, DEEPEST, tally)) return NOT_PLAIN;
  }
  if (left === 0) return copy;
  tally.bytes = 0;
  return undefined;
}

function copyObject(source: PlainObject, depth: number, tally: Tally): PlainObject | typeof NOT_PLAIN {
  const copy: PlainObject = {};
  for (const key in source) if (!copyEntry(copy, key, source[key], depth, tally)) return NOT_PLAIN;
  return copy;
}

/** False if the value is not plain. */
function copyEntry(target: PlainObject, key: string, value: unknown, depth: number, tally: Tally): boolean {
  const copy = copyValue(value, depth, tally);
  // To JSON.parse `__proto__` is a key like any other; to an assignment it is not.
  if (copy === NOT_PLAIN || key === "__proto__") return false;
  target[key] = copy;
  tally.bytes += key.length;
  return true;
}

function copyValue(value: unknown, depth: number, tally: Tally): unknown {
  tally.bytes += SLOT_BYTES;
  switch (typeof value) {
    case "string":
      tally.bytes += STRING_BYTES + value.length;
      return freshText(value);
    case "boolean":
      return value;
    case "number":
      // JSON has no -0.
      return Number.isFinite(value) ? value + 0 : NOT_PLAIN;
    case "object":
      if (value === null) return null;
      if (depth === 0) return NOT_PLAIN;
      tally.bytes += OBJECT_BYTES;
      if (Array.isArray(value)) return copyList(value, depth - 1, tally);
      return isPlainObject(value) ? copyObject(value, depth - 1, tally) : NOT_PLAIN;
    default:
      return NOT_PLAIN;
  }
}

function copyList(list: readonly unknown[], depth: number, tally: Tally): unknown {
  if (Object.getPrototypeOf(list) !== Array.prototype || "toJSON" in list) return NOT_PLAIN;
  if (list.length > LONGEST) return NOT_PLAIN;
  // Not pushed one by one, for which V8 takes room for sixteen more.
  const copy = new Array<unknown>(list.length);
  for (let i = 0; i < list.length; i++) {
    const value = copyValue(list[i], depth, tally);
    if (value === NOT_PLAIN) return NOT_PLAIN;
    copy[i] = value;
  }
  return copy;
}

function isPlainObject(value: object): value is PlainObject {
  return Object.getPrototypeOf(value) === Object.prototype && !("toJSON" in value);
}

/**
 * The same text in memory of its own. What a parser has cut out of a request keeps the whole request alive; only texts of
 * at most twelve characters V8 always copies.
 */
export function freshText(text: string): string {
  return text.length <= 12 ? text : JSON.parse(JSON.stringify(text));
}

/** True if `value` is the same to JSON as the plain data `plain`, but for the order of keys. */
function isSame(value: unknown, plain: unknown, tally: Tally): boolean {
  tally.bytes += SLOT_BYTES;
  if (value === plain) {
    if (typeof value === "string") tally.bytes += STRING_BYTES + value.length;
    return true;
  }
  if (!isObject(value) || !isObject(plain)) return false;
  tally.bytes += OBJECT_BYTES;
  if (Array.isArray(plain)) return Array.isArray(value) && isSameList(value, plain, tally);
  return isPlainObject(value) && isSameObject(value, plain as PlainObject, tally);
}

function isSameObject(value: PlainObject, plain: PlainObject, tally: Tally): boolean {
  let left = 0;
  for (const _key in plain) left += 1;
  // By the keys of `value`: JSON does not see properties that cannot be enumerated.
  for (const key in value) {
    if (!Object.hasOwn(plain, key) || !isSame(value[key], plain[key], tally)) return false;
    tally.bytes += key.length;
    left -= 1;
  }
  return left === 0;
}

function isSameList(list: readonly unknown[], plain: readonly unknown[], tally: Tally): boolean {
  if (list.length !== plain.length || "toJSON" in list) return false;
  for (let i = 0; i < list.length; i++) if (!isSame(list[i], plain[i], tally)) return false;
  return true;
}
