import type { Awaitable } from "../awaitable.ts";
import type { Duration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import { firstOfEachId } from "./fixed-keys.ts";
import { keyIdOf } from "./key.ts";
import { type KeyProvider, type KeySource, refreshOf } from "./provider.ts";
import type { KeyEntry } from "./schedule.ts";
import { checkSecrets } from "./secrets.ts";

/** A key as a vault has it. */
export interface DatedSecret {
  /** At least 32 random bytes as text. */
  readonly secret: string;
  /** When it begins to sign; until then it is only accepted. */
  readonly activeFrom: Date | number;
  /** From when on it is not accepted any more. Left out: as long as it is in the list. */
  readonly retireAt?: Date | number | undefined;
}

/** What a vault answers: a secret, several with the newest first, or keys with their times. */
export type FetchedSecrets = string | readonly string[] | readonly DatedSecret[];

/** Options of {@link keysFrom}. */
export interface KeysFromOptions {
  /** How often `fetch` is asked. Default `"5m"`. Every process asks by itself. */
  readonly refresh?: Duration | undefined;
}

/**
 * Keys from a vault, or from wherever else: `fetch` is asked at the start, and then again and again. Keys are made and
 * rotated there. A secret that is not in the answer any more is not accepted any more.
 *
 * Of plain secrets the first signs; one that comes to the front while the process runs is accepted at once, and signs
 * after two more periods of `refresh`, when other processes have seen it too.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION`. What `fetch`
 * brings is checked when it comes: requests then fail with `ERR_HOLDFAST_SECRET_MISSING`, `ERR_HOLDFAST_SECRET_WEAK` or
 * `ERR_HOLDFAST_OPTION`
 *
 * @example
 * ```ts
 * app.use(session({ secret: keysFrom(async () => (await vault.read("session")).secrets, { refresh: "5m" }) }));
 * ```
 */
export function keysFrom(fetch: () => Awaitable<FetchedSecrets>, options: KeysFromOptions = {}): KeyProvider {
  checkOptionNames("keysFrom()", options, ["refresh"]);
  if (typeof fetch !== "function") {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "keysFrom() takes a function that brings the secrets.");
  }
  const refresh = refreshOf("keysFrom()", options.refresh ?? "5m");
  return { rotation: null, refresh, connect: ({ now }) => fetchedSource(fetch, refresh, now) };
}

function fetchedSource(
  fetch: () => Awaitable<FetchedSecrets>,
  refresh: number,
  now: () => number,
): KeySource {
  /** When plain secrets were first seen; 0 for those of the start. */
  let seen: ReadonlyMap<string, number> | undefined;
  return {
    async read() {
      const given: unknown = await fetch();
      const dated = datedOf(given);
      if (dated !== undefined) return { keys: firstOfEachId(dated), version: null };
      const secrets = checkSecrets(given);
      const known = seen;
      seen = new Map(secrets.map((one) => [one, known === undefined ? 0 : (known.get(one) ?? now())]));
      const keys = secrets.map((one) => entry(one, activeFromOf(seen?.get(one) ?? 0, refresh), null));
      return { keys: firstOfEachId(keys), version: null };
    },
  };
}

function activeFromOf(seen: number, refresh: number): number {
  return seen === 0 ? 0 : seen + 2 * refresh;
}

/** The entries of dated secrets, newest first; `undefined` if `given` is not a list of such. */
function datedOf(given: unknown): readonly KeyEntry[] | undefined {
  if (!Array.isArray(given) || !given.some((one) => typeof one === "object" && one !== null))
    return undefined;
  const list: readonly unknown[] = given;
  const entries = list.map((one) => {
    if (typeof one !== "object" || one === null || !("secret" in one) || !("activeFrom" in one)) {
      throw wrong();
    }
    const retireAt = "retireAt" in one && one.retireAt !== undefined ? timeOf(one.retireAt) : null;
    return { secret: one.secret, activeFrom: timeOf(one.activeFrom), retireAt };
  });
  const secrets = checkSecrets(entries.map(({ secret }) => secret));
  return entries
    .map(({ activeFrom, retireAt }, index) => entry(secrets[index] ?? "", activeFrom, retireAt))
    .sort((a, b) => b.activeFrom - a.activeFrom);
}

function timeOf(value: unknown): number {
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw wrong();
}

function wrong(): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "keysFrom(): a key must be { secret, activeFrom, retireAt }, with Dates or milliseconds; `retireAt` may be left out.",
  );
}

function entry(secret: string, activeFrom: number, retireAt: number | null): KeyEntry {
  return { id: keyIdOf(secret), secret, createdAt: 0, activeFrom, retireAt, revokedAt: null, longestLife: 0 };
}
