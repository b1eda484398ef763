/**
 * Keeps a deployment's key ring as its provider has it: looks again from time to time, rotates what is due, and settles
 * what depends on the time, so that no request has to.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import type { Random } from "../crypto/random.ts";
import { HoldfastError } from "../errors.ts";
import { bounded } from "./bounded.ts";
import { changeKeys } from "./change.ts";
import { InTurn } from "./in-turn.ts";
import { Key } from "./key.ts";
import type { KeyRing } from "./key-ring.ts";
import { makeKey } from "./new-key.ts";
import type { KeyProvider, KeySource } from "./provider.ts";
import {
  isAccepted,
  type KeyEntry,
  type KeyPlan,
  MOST_KEYS,
  maintain,
  type NewKey,
  revoke,
  rotate,
  signingEntry,
  stateOf,
} from "./schedule.ts";
import { isSame, type KeyNotices, type KeyStates, statesOf, tellChanges } from "./states.ts";

type Entries = readonly KeyEntry[];

/** What a keeper needs beside the provider's source. */
export interface KeeperTools {
  readonly now: () => number;
  readonly random: Random;
  /** The longest that a session can live, in milliseconds. */
  readonly longestLife: number;
  /** The longest that the provider may take to answer, in milliseconds. */
  readonly timeout: number;
  readonly notices: KeyNotices;
}

/** How often states are settled by the clock, in milliseconds. */
const TICK = 60_000;
/** How often an unknown key, or a ring that could not be loaded, makes the provider be asked again at most. */
const LEARN_AGAIN = 10_000;
const LOAD_AGAIN = 1_000;

export class KeyKeeper {
  readonly #ring: KeyRing;
  readonly #source: KeySource;
  readonly #plan: KeyPlan | null;
  readonly #refresh: number;
  readonly #tools: KeeperTools;
  readonly #turns: InTurn = new InTurn();
  readonly #timer: NodeJS.Timeout | undefined;
  #entries: Entries = [];
  #states: KeyStates = new Map();
  #keys: ReadonlyMap<string, Key> = new Map();
  #queued: Awaitable<boolean> | undefined;
  /** When the provider was last asked, and what came of it. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #error: unknown;
  #started = false;

  /**
   * Loads the keys, at once if the provider answers at once.
   *
   * @throws what such a provider throws
   */
  constructor(ring: KeyRing, provider: KeyProvider, source: KeySource, tools: KeeperTools) {
    this.#ring = ring;
    this.#source = bounded(source, tools.timeout);
    this.#plan = provider.rotation && { ...provider.rotation, longestLife: tools.longestLife };
    this.#refresh = provider.refresh;
    this.#tools = tools;
    const loading = this.refresh();
    this.#started = true;
    // Requests wait for it, and are told.
    if (isPromise(loading)) loading.catch(() => undefined);
    if (!Number.isFinite(this.#refresh)) return;
    this.#timer = setInterval(() => this.#tick(), Math.min(this.#refresh, TICK));
    this.#timer.unref();
  }

  /** Newest first, retired and revoked ones included while they are remembered. */
  get entries(): Entries {
    return this.#entries;
  }

  /** Resolves when there are keys. @throws {HoldfastError} what keeps them away */
  ready(): Awaitable<void> {
    if (this.#ring.loaded) return undefined;
    if (this.#turns.busy) return this.#turns.idle().then(() => this.#mustBeLoaded());
    if (this.#age() < LOAD_AGAIN) throw unavailable(this.#error);
    return chain(this.refresh(), () => undefined);
  }

  #mustBeLoaded(): void {
    if (!this.#ring.loaded) throw unavailable(this.#error);
  }

  /**
   * Looks what the provider has now, and does what is due. A failure is reported; it is thrown only while there are no
   * keys at all.
   *
   * @returns false if there may be keys that this process does not know
   */
  refresh(): Awaitable<boolean> {
    if (!this.#turns.busy) return this.#turns.run(() => this.#refreshNow());
    // Whoever comes while one is under way may need what is newer than it will find; all of them share the next.
    this.#queued ??= this.#turns.run(() => {
      this.#queued = undefined;
      return this.#refreshNow();
    });
    return this.#queued;
  }

  /** The same, unless the provider was asked a moment ago. */
  refreshIfOld(): Awaitable<void> {
    if (!this.#ring.loaded) return this.ready();
    return this.#age() < Math.min(this.#refresh, LEARN_AGAIN)
      ? undefined
      : chain(this.refresh(), () => undefined);
  }

  /** A cookie came under an unknown key. However many such come, the provider is asked now and then only. */
  learn(): void {
    if (this.#age() < LEARN_AGAIN || !Number.isFinite(this.#refresh)) return;
    this.#askedAt = this.#tools.now();
    setImmediate(
      () =>
        void attempt(
          () => this.refresh(),
          () => undefined,
        ),
    );
  }

  /**
   * Adds a key that will sign, unless one is on its way; that one. @throws {HoldfastError}
   * `ERR_HOLDFAST_KEYS_ELSEWHERE`, `ERR_HOLDFAST_KEYS_FULL`
   */
  async rotate(): Promise<KeyEntry> {
    const { now } = this.#tools;
    const entries = await this.#change((before, plan) => {
      const after = rotate(before, now(), plan, this.#makeKey(before));
      const accepted = before.filter((entry) => isAccepted(entry, now()));
      if (after !== before && accepted.length >= MOST_KEYS) throw new HoldfastError("ERR_HOLDFAST_KEYS_FULL");
      return after;
    });
    const next = entries.find((entry) => stateOf(entry, entries, now()) === "pending");
    if (next === undefined) throw new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE");
    return next;
  }

  /** @throws {HoldfastError} `ERR_HOLDFAST_KEYS_ELSEWHERE`, `ERR_HOLDFAST_KEY_UNKNOWN` */
  async revoke(id: string): Promise<void> {
    await this.#change((before, plan) => {
      if (!before.some((entry) => entry.id === id)) throw new HoldfastError("ERR_HOLDFAST_KEY_UNKNOWN");
      return revoke(before, id, this.#tools.now(), plan, this.#makeKey(before));
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turns.idle();
  }

  #makeKey(entries: Entries): () => NewKey {
    return () => makeKey(entries, this.#tools.random);
  }

  async #change(change: (before: Entries, plan: KeyPlan) => Entries): Promise<Entries> {
    const plan = this.#plan;
    if (plan === null || this.#source.write === undefined) {
      throw new HoldfastError("ERR_HOLDFAST_KEYS_ELSEWHERE");
    }
    const changed = (before: Entries): Entries => change(this.#maintain(before, plan), plan);
    return this.#turns.run(() =>
      chain(changeKeys(this.#source, changed), (entries) => {
        this.#adopt(entries);
        return entries;
      }),
    );
  }

  #refreshNow(): Awaitable<boolean> {
    this.#askedAt = this.#tools.now();
    return attempt(
      () =>
        chain(this.#maintained(), (entries) => {
          this.#adopt(entries);
          return true;
        }),
      (error) => {
        this.#error = error;
        // What fails at once, at the start, is thrown at whoever starts.
        if (this.#started) this.#tools.notices.failed(error);
        if (!this.#ring.loaded) throw unavailable(error);
        return false;
      },
    );
  }

  #maintained(): Awaitable<Entries> {
    const plan = this.#plan;
    if (plan === null) return changeKeys(this.#source, (before) => before);
    let found: Entries = [];
    return attempt(
      () =>
        changeKeys(this.#source, (before) => {
          found = before;
          return this.#maintain(before, plan);
        }),
      (error) => {
        // What is there is good while it can be read, even if nothing can be added.
        if (found.length === 0) throw error;
        this.#tools.notices.failed(error);
        return found;
      },
    );
  }

  #maintain(entries: Entries, plan: KeyPlan): Entries {
    if (entries.length === 0 && this.#ring.loaded) {
      // New ones would log everybody out; and the old ones may have been removed on purpose.
      throw new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE", "The stored keys are not there any more.");
    }
    return maintain(entries, this.#tools.now(), plan, this.#makeKey(entries));
  }

  #adopt(entries: Entries): void {
    const now = this.#tools.now();
    const signing = signingEntry(entries, now);
    if (signing === undefined) {
      throw new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE", "None of the session keys may sign.");
    }
    this.#entries = entries;
    const states = statesOf(entries, now);
    const before = this.#states;
    this.#states = states;
    if (isSame(before, states)) return;
    const accepted = entries.filter((entry) => isAccepted(entry, now));
    // Other processes may sign under a revoked key until they learn of it: its users must still be found.
    const revoked = entries.flatMap(({ id, revokedAt }) =>
      revokedAt === null ? [] : (this.#keys.get(id) ?? []),
    );
    this.#keys = new Map([
      ...revoked.map((key) => [key.id, key] as const),
      ...accepted.map(({ id, secret }) => [id, this.#keys.get(id) ?? new Key(secret)] as const),
    ]);
    const [first, pending, older] = ["active", "pending", "verifying"].map((state) =>
      accepted.flatMap(({ id }) => (states.get(id) === state ? (this.#keys.get(id) ?? []) : [])),
    );
    const [newest] = first ?? [];
    if (newest !== undefined) this.#ring.replace(newest, pending ?? [], older ?? [], revoked);
    tellChanges(before, states, this.#tools.notices);
  }

  #tick(): void {
    const settled = (): Awaitable<unknown> =>
      this.#age() < this.#refresh ? this.#adopt(this.#entries) : this.refresh();
    void attempt(settled, () => undefined);
  }

  /** How long ago the provider was asked; a clock that was set back makes that long ago. */
  #age(): number {
    return Math.abs(this.#tools.now() - this.#askedAt);
  }
}

function unavailable(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError("ERR_HOLDFAST_KEYS_UNAVAILABLE", undefined, { cause: error });
}
