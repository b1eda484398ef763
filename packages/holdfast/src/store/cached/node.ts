import { isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Store } from "../contract.ts";
import type { Change } from "./change.ts";
import type { InvalidationChannel } from "./channel.ts";
import type { Entries } from "./entries.ts";
import { Line } from "./line.ts";
import { Members } from "./members.ts";
import type { CachedSettings } from "./options.ts";
import { type CacheTools, inTime } from "./tools.ts";

/** How often a process says that it is there, within a lease. */
const BEATS = 3;

/**
 * This process among those on the store. It is one of those that changes wait for, and so may serve from memory, while
 * the store takes its beats and the channel brings its own messages back.
 */
export class Node {
  readonly #channel: InvalidationChannel;
  readonly #lease: number;
  readonly #tools: CacheTools;
  readonly #line: Line;
  readonly #members: Members;
  #next: (() => void) | undefined;
  #reconnectedAt: number;
  #closed = false;

  /** @param heed - acts on what another process has changed */
  constructor(
    store: Store,
    settings: CachedSettings,
    entries: Entries,
    heed: (change: Change) => void,
    tools: CacheTools,
  ) {
    const { channel, lease, maxStale } = settings;
    const id = tools.random(16).toString("base64url");
    this.#channel = channel;
    this.#lease = lease;
    this.#tools = tools;
    this.#reconnectedAt = tools.monotonic();
    this.#line = new Line(id, channel, heed, tools);
    this.#members = new Members(store, { id, maxStale }, lease, tools, () => entries.clear());
  }

  /** How many other processes there are, as far as is known. */
  get others(): number {
    return this.#members.count;
  }

  /** True if changes wait for this process at `at`. The first to ask sets it going. */
  mayServe(at: number): boolean {
    this.#begin();
    return this.#members.mayServe(at);
  }

  /** Sets it going, and with it the hearing. */
  begin(): void {
    void this.#begin();
  }

  /** @throws {HoldfastError} what keeps the first beat from being taken */
  async open(): Promise<void> {
    await (this.#begin() ?? this.#beat());
  }

  /** Resolves when no process serves any more what was before `change`, which the store has answered. */
  async settle(change: Change): Promise<void> {
    this.#begin();
    try {
      const known = this.#members.others();
      const others = isPromise(known) ? await inTime(this.#tools, this.#lease, known, late) : known;
      if (others.length > 0) await this.#line.announce(change, others);
    } catch (error) {
      this.tell(change);
      throw error;
    }
  }

  /** Lets the others know, without waiting for them. */
  tell(change: Change): void {
    void this.#line.announce(change, []);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#next?.();
    await inTime(this.#tools, this.#lease, this.#leave(), late).catch(() => undefined);
  }

  // Others strike off whoever cannot take itself off, and its memory is empty.
  async #leave(): Promise<void> {
    await Promise.allSettled([this.#members.beat(false), this.#line.close()]);
  }

  /** @returns the first beat, to whoever sets it going */
  #begin(): Promise<void> | undefined {
    if (this.#next !== undefined || this.#closed) return undefined;
    this.#schedule();
    const first = this.#beat();
    first.catch(() => undefined);
    return first;
  }

  #schedule(): void {
    this.#next = this.#tools.later(
      () => {
        this.#schedule();
        // A beat that fails leaves this process without a lease; the next one tries again.
        void this.#beat().catch(() => undefined);
      },
      this.#lease / BEATS,
      "idle",
    );
  }

  async #beat(): Promise<void> {
    await inTime(this.#tools, this.#lease, this.#line.subscribe(), deaf);
    if (this.#closed) return;
    this.#line.ping();
    const now = this.#tools.monotonic();
    const hears = this.#hears(now);
    if (hears) this.#reconnectedAt = now;
    else this.#reconnect(now);
    await inTime(this.#tools, this.#lease, this.#members.beat(hears), late);
  }

  #hears(at: number): boolean {
    return at - this.#line.heardAt < this.#lease;
  }

  #reconnect(now: number): void {
    if (now - this.#reconnectedAt < this.#lease) return;
    this.#reconnectedAt = now;
    try {
      this.#channel.reconnect?.();
    } catch {
      // Its trouble shows in that nothing is heard.
    }
  }
}

function late(): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "The list of processes that cache sessions could not be read and written in time.",
  );
}

function deaf(): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_STORE_UNAVAILABLE",
    "The channel over which processes tell each other of changes could not be subscribed to in time.",
  );
}
