/**
 * Finding sessions by what a provider calls them. The store's index of users finds a session by its user, and goes along
 * with every new id; so all that is kept here is as whom a subject, or a session at the provider, was signed in: a shared
 * value for each, by a keyed hash of its name and sealed, that is written about once a day for a subject.
 *
 * The same value remembers a logout. A sign-in enters its user, stores its session, and looks again; a logout writes
 * itself down, and then looks for sessions: whichever is second sees the first.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { Random } from "../../crypto/random.ts";
import { open, seal } from "../../crypto/seal.ts";
import { HoldfastError } from "../../errors.ts";
import type { Key } from "../../keys/key.ts";
import type { KeyRing } from "../../keys/key-ring.ts";
import type { StoredValue } from "../../store/contract.ts";
import type { Reporter } from "../events.ts";
import { MOST_ATTEMPTS } from "../record/records.ts";
import type { StoreCalls } from "../record/store-calls.ts";
import { decodeEntry, type Entry, encodeEntry, endOf, NOTHING_ENTERED, stillIn } from "./entry.ts";
import { type Place, type Provider, type ProviderLogout, placesEndedBy, placesOf } from "./provider.ts";

/** How much longer a user stays entered than the session lives: clocks of processes differ. Milliseconds. */
const MARGIN = 3_600_000;

/** How much longer still under a subject: who signs in again and again need not be written each time. Milliseconds. */
const SPARE = 86_400_000;

/**
 * How long a logout is remembered: as long as the store remembers that a user's sessions were revoked. A provider's code
 * is good for ten minutes (RFC 6749, 4.1.2). Milliseconds.
 */
const REMEMBERED = 3_600_000;

/** Of users: what every store can keep, less the seal and a logout, for which there is always room. */
const MOST_BYTES = 60_000;

const DONE = Uint8Array.of(1);

/** A session that is entered. */
interface Entered {
  readonly provider: Provider;
  readonly user: string;
  /** Its absolute limit. Milliseconds since 1970. */
  readonly endsAt: number;
}

export class ProviderIndex {
  readonly #keys: KeyRing;
  readonly #store: StoreCalls;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(keys: KeyRing, store: StoreCalls, clock: Clock, random: Random) {
    this.#keys = keys;
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT` where a logout at the provider could not be kept */
  mustBeKept(): void {
    const lacks = (["values", "listing", "revocation"] as const).some((need) => this.#store.lacks(need));
    if (!lacks) return;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CANNOT",
      "Ending sessions from an OpenID Provider needs a store that can list and end a user's sessions and keeps values: " +
        "docs/guide/stores.md says which can.",
    );
  }

  /**
   * Before a session is stored under the key `keyId`, or moves to it.
   *
   * @returns false if it was logged out at the provider, or the key is gone: nothing may be stored
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT`, `ERR_HOLDFAST_STORE_CORRUPT`, `ERR_HOLDFAST_CONFLICT`,
   * `ERR_HOLDFAST_TOO_LARGE` or a store's error
   */
  async enter({ provider, user, endsAt }: Entered, keyId: string, reporter: Reporter): Promise<boolean> {
    this.mustBeKept();
    const key = this.#keys.get(keyId);
    if (key === undefined) return false;
    for (const place of placesOf(provider)) {
      const entry = await this.#change(key, place, reporter, (before) =>
        isLoggedOut(before, place, provider) ? before : withUser(before, place, user, endsAt + MARGIN),
      );
      if (isLoggedOut(entry, place, provider)) return false;
    }
    return true;
  }

  /** After it was stored: whether it was logged out at the provider meanwhile. Throws as {@link enter} does. */
  async isLoggedOut(provider: Provider, keyId: string, reporter: Reporter): Promise<boolean> {
    const key = this.#keys.get(keyId);
    if (key === undefined) return true;
    for (const place of placesOf(provider)) {
      const { entry } = await this.#read(key, nameOf(key, place.text), reporter);
      if (isLoggedOut(entry, place, provider)) return true;
    }
    return false;
  }

  /**
   * Writes a logout down. Those who sign in from now on, with an ID token from before it or for the session that it ended,
   * are turned away; all others are to be looked for among the sessions of these users.
   *
   * @param at - when it was, by the provider's clock. Seconds since 1970
   */
  async logOut(logout: ProviderLogout, at: number, reporter: Reporter): Promise<ReadonlySet<string>> {
    this.mustBeKept();
    const users = new Set<string>();
    for (const place of placesEndedBy(logout)) {
      for (const key of this.#keys.known) {
        const { users: entered } = await this.#change(key, place, reporter, (before, now) => {
          const latest = Math.max(at, before.logout?.at ?? 0);
          return { ...before, logout: { at: latest, until: now + REMEMBERED } };
        });
        for (const { user } of entered) users.add(user);
      }
    }
    return users;
  }

  /** True if the logout with this token was carried out. */
  async wasDone(issuer: string, jti: string, reporter: Reporter): Promise<boolean> {
    for (const key of this.#keys.known) {
      const name = nameOf(key, tokenText(issuer, jti));
      const found = await this.#store.ask("readValue", reporter, (it) =>
        it.readValue(name, this.#clock.now()),
      );
      if (found !== null) return true;
    }
    return false;
  }

  /** @param until - from then on the token is too old anyway. Milliseconds since 1970 */
  async noteDone(issuer: string, jti: string, until: number, reporter: Reporter): Promise<void> {
    const name = nameOf(this.#keys.newest, tokenText(issuer, jti));
    // Whoever was faster has noted the same.
    await this.#store.ask("writeValue", reporter, (it) =>
      it.writeValue(name, 0, DONE, this.#clock.now(), until),
    );
  }

  /** @param change - returns what it was given where there is nothing to write; may run again when others were faster */
  async #change(
    key: Key,
    { text }: Place,
    reporter: Reporter,
    change: (before: Entry, now: number) => Entry,
  ): Promise<Entry> {
    const name = nameOf(key, text);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { entry: before, version } = await this.#read(key, name, reporter);
      const now = this.#clock.now();
      const after = change(before, now);
      if (after === before || (await this.#write(key, name, version, after, now, reporter))) return after;
    }
    throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  }

  async #read(key: Key, name: string, reporter: Reporter): Promise<{ entry: Entry; version: number }> {
    const now = this.#clock.now();
    const found = await this.#store.ask("readValue", reporter, (it) => it.readValue(name, now));
    if (found === null) return { entry: NOTHING_ENTERED, version: 0 };
    return { entry: stillIn(opened(key, name, found), now), version: found.version };
  }

  async #write(
    key: Key,
    name: string,
    version: number,
    entry: Entry,
    now: number,
    reporter: Reporter,
  ): Promise<boolean> {
    const value = seal(key.providerKey(name), encodeEntry(entry), name, this.#random);
    return this.#store.ask("writeValue", reporter, (it) =>
      it.writeValue(name, version, value, now, endOf(entry)),
    );
  }
}

function withUser(entry: Entry, { kind }: Place, user: string, until: number): Entry {
  const known = entry.users.find((one) => one.user === user);
  if (known !== undefined && until <= known.until) return entry;
  const others = entry.users.filter((one) => one !== known);
  const spare = kind === "sid" ? 0 : SPARE;
  const users = [...others, { user, until: until + spare }];
  if (encodeEntry({ users }).length <= MOST_BYTES) return { ...entry, users };
  throw new HoldfastError(
    "ERR_HOLDFAST_TOO_LARGE",
    "Too many users have signed in as one subject of an OpenID Provider.",
  );
}

function nameOf(key: Key, text: string): string {
  return `oidc-${key.providerHash(text)}`;
}

function tokenText(issuer: string, jti: string): string {
  return JSON.stringify(["token", issuer, jti]);
}

// Not taken for empty: what was entered would never be found again, and a logout would claim a success.
function opened(key: Key, name: string, { value }: StoredValue): Entry {
  const plain = open(key.providerKey(name), value, name);
  const entry = plain === null ? null : decodeEntry(plain);
  if (entry === null) throw new HoldfastError("ERR_HOLDFAST_STORE_CORRUPT");
  return entry;
}

// A session that has ended at the provider begins no more there. A subject signs in again, with another ID token.
function isLoggedOut({ logout }: Entry, { kind }: Place, { issuedAt }: Provider): boolean {
  return logout !== undefined && (kind === "sid" || issuedAt <= logout.at);
}
