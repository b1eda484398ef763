import type { Change } from "./change.ts";
import type { InvalidationChannel } from "./channel.ts";
import type { Member } from "./members.ts";
import { type Announcement, decode, encode, inParts, MOST_NAMES, type NodeId } from "./message.ts";
import { type CacheTools, surely } from "./tools.ts";

/** Messages under way at most: a client that is offline may keep them all. */
const MOST_SENDING = 1_000;

interface Wait {
  readonly left: Set<NodeId>;
  readonly done: () => void;
}

/** This process on the channel: tells the others of changes, waits for their acknowledgements, and gives its own. */
export class Line {
  readonly #id: NodeId;
  readonly #channel: InvalidationChannel;
  readonly #heed: (change: Change) => void;
  readonly #tools: CacheTools;
  readonly #waits = new Map<number, Wait>();
  #lastNumber = 0;
  #changes: Announcement[] = [];
  #acks = new Map<NodeId, number[]>();
  #ping = 0;
  #flushing = false;
  #sending = 0;
  #subscribing: Promise<void> | undefined;
  #pinged = { number: 0, at: Number.NEGATIVE_INFINITY };

  /** When the latest of its own messages that it has heard was sent. */
  heardAt: number = Number.NEGATIVE_INFINITY;

  /** @param heed - acts on what another process has changed; the acknowledgement follows at once */
  constructor(id: NodeId, channel: InvalidationChannel, heed: (change: Change) => void, tools: CacheTools) {
    this.#id = id;
    this.#channel = channel;
    this.#heed = heed;
    this.#tools = tools;
  }

  /** Resolves once messages come in. What has failed is tried again at the next call. */
  subscribe(): Promise<void> {
    this.#subscribing ??= this.#subscribe();
    return this.#subscribing;
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#channel.subscribe((text) => this.#receive(text));
    } catch (error) {
      this.#subscribing = undefined;
      throw error;
    }
  }

  /** Sends something to itself. */
  ping(): void {
    this.#ping = ++this.#lastNumber;
    this.#pinged = { number: this.#ping, at: this.#tools.monotonic() };
    this.#flushSoon();
  }

  /**
   * Tells of a change, and resolves when each of `members` has acted upon it or what it remembers is too old to be
   * served anyway.
   */
  async announce(change: Change, members: readonly Member[]): Promise<void> {
    const { kind } = change;
    const parts = change.names.length > MOST_NAMES ? inParts(change.names, MOST_NAMES) : [change.names];
    await Promise.all(parts.map((names) => this.#announcePart({ kind, names }, members)));
  }

  #announcePart(change: Change, members: readonly Member[]): Promise<void> | undefined {
    const number = ++this.#lastNumber;
    this.#changes.push({ number, change });
    this.#flushSoon();
    if (members.length === 0) return undefined;
    const bound = Math.max(...members.map(({ maxStale }) => maxStale));
    return new Promise((resolve) => {
      const done = (): void => {
        callOff();
        this.#waits.delete(number);
        resolve();
      };
      const callOff = this.#tools.later(done, surely(bound));
      this.#waits.set(number, { left: new Set(members.map(({ id }) => id)), done });
    });
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }

  #receive(text: unknown): void {
    const message = decode(text);
    if (message === undefined) return;
    const { from, ping, changes, acks } = message;
    if (from === this.#id) {
      if (ping !== 0 && ping === this.#pinged.number) this.heardAt = this.#pinged.at;
      return;
    }
    for (const { change } of changes) this.#heed(change);
    if (changes.length > 0) this.#acknowledge(from, changes);
    for (const { to, numbers } of acks) if (to === this.#id) this.#acknowledged(from, numbers);
  }

  #acknowledge(to: NodeId, changes: readonly Announcement[]): void {
    const numbers = this.#acks.get(to) ?? [];
    this.#acks.set(to, numbers);
    for (const { number } of changes) numbers.push(number);
    this.#flushSoon();
  }

  #acknowledged(by: NodeId, numbers: readonly number[]): void {
    for (const number of numbers) {
      const wait = this.#waits.get(number);
      if (wait === undefined) continue;
      wait.left.delete(by);
      if (wait.left.size === 0) wait.done();
    }
  }

  // What one turn of the event loop brings together goes out together.
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const acks = Array.from(this.#acks, ([to, numbers]) => ({ to, numbers }));
    const texts = encode({ from: this.#id, ping: this.#ping, changes: this.#changes, acks });
    this.#flushing = false;
    this.#ping = 0;
    this.#changes = [];
    this.#acks = new Map();
    for (const text of texts) void this.#publish(text);
  }

  async #publish(text: string): Promise<void> {
    if (this.#sending >= MOST_SENDING) return;
    this.#sending += 1;
    try {
      await this.#channel.publish(text);
    } catch {
      // Whoever waits for an answer to it stops waiting in time.
    }
    this.#sending -= 1;
  }
}
