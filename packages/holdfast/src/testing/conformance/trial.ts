import assert from "node:assert/strict";
import type { Store, StoredRecord, StoredValue, StoreLack } from "../../store/contract.ts";

/** What a case works with: an empty store, a second connection to its data where there is one, and the time. */
export interface Trial {
  readonly store: Store;
  /** Another connection to the same data; the store itself if its data cannot be shared. */
  readonly other: Store;
  /** The time when the case began. Records made by {@link record} expire an hour later. */
  readonly now: number;
  /** The engine removes what has expired by its own clock, which no test can move. */
  readonly expiresByItself: boolean;
}

/** A sentence, the code that holds a store to it, and what a store must not lack for it to hold. */
export type Clause = readonly [
  sentence: string,
  check: (trial: Trial) => Promise<void>,
  needs?: readonly StoreLack[],
];

export const SECOND = 1_000;
export const HOUR: number = 3_600 * SECOND;

/** A handle, or the middle of one where several shall differ in one place only. */
export function newHandle(): string {
  return random(16);
}

export function newUser(): string {
  return random(32);
}

function random(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A record of the kind the core creates, with some fields as given. */
export function record(now: number, fields: Partial<StoredRecord> = {}): StoredRecord {
  return {
    version: 1,
    expiresAt: now + HOUR,
    user: null,
    keyId: "k-01",
    header: bytes("header"),
    body: bytes("body"),
    ...fields,
  };
}

/** Field by field; bytes by value, for a store may answer with a Buffer. */
export function assertRecord(actual: StoredRecord | null | undefined, expected: StoredRecord): void {
  assert.ok(actual, "the record is missing");
  const { header, body, ...fields } = expected;
  const { version, expiresAt, user, keyId } = actual;
  assert.deepEqual({ version, expiresAt, user, keyId }, fields);
  assertBytes("header", actual.header, header);
  assertBytes("body", actual.body, body);
}

export function assertValue(found: StoredValue | null, version: number, value: string): void {
  assert.ok(found, "the value is missing");
  assert.ok(found.value instanceof Uint8Array, "the value must be a Uint8Array");
  assert.deepEqual([found.version, Buffer.from(found.value).toString()], [version, value]);
}

function assertBytes(name: string, actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(actual instanceof Uint8Array, `the ${name} must be a Uint8Array`);
  const differs = `the ${name} differs: ${sample(actual)} instead of ${sample(expected)}`;
  assert.ok(Buffer.compare(actual, expected) === 0, differs);
}

function sample(bytes: Uint8Array): string {
  return `${bytes.length} bytes (${Buffer.from(bytes.subarray(0, 16)).toString("hex")}…)`;
}

/** The handles a user's list shows, sorted. */
export async function handlesOf(store: Store, users: readonly string[], now: number): Promise<string[]> {
  return (await store.listUser(users, now)).map(({ handle }) => handle).sort();
}

/** True if the store lacks any of these. */
export function lacks({ capabilities }: Store, ...any: readonly StoreLack[]): boolean {
  return any.some((lack) => capabilities.lacks.includes(lack));
}

/** That the user's list shows these handles, in their order; nothing of a store that has no lists. */
export async function assertListed(
  store: Store,
  users: readonly string[],
  now: number,
  handles: readonly string[],
): Promise<void> {
  if (!lacks(store, "listing")) assert.deepEqual(await handlesOf(store, users, now), handles);
}

/** What a store answers that has ended so many sessions: one without lists cannot count them. */
export function counted(store: Store, count: number): number {
  return lacks(store, "listing") ? 0 : count;
}

/** Runs `count` operations at once, every other one on the second connection. */
export async function atOnce<T>(
  { store, other }: Trial,
  count: number,
  run: (store: Store, index: number) => T | Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => run(index % 2 === 0 ? store : other, index)),
  );
}
