import { randomBytes } from "node:crypto";
import { CachedStore } from "../../../src/store/cached/cached-store.ts";
import type { InvalidationChannel } from "../../../src/store/cached/channel.ts";
import { type CachedOptions, cachedSettings } from "../../../src/store/cached/options.ts";
import type { CacheTools } from "../../../src/store/cached/tools.ts";
import type { Store } from "../../../src/store/contract.ts";
import { MemoryStore } from "../../../src/store/memory.ts";
import { WatchedStore } from "../../support/watched-store.ts";

export const LEASE = 6_000;
export const MAX_STALE = 2_000;

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** One process's monotonic clock and timers; time passes when a test says so. */
export class FakeTools implements CacheTools {
  readonly random: CacheTools["random"] = (size) => randomBytes(size);
  readonly #timers = new Set<Timer>();
  #now = 0;
  #suspended = 0;

  monotonic(): number {
    return this.#now;
  }

  timeOfDay(): number {
    return this.#now + this.#suspended;
  }

  later(run: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets `ms` pass, and what is due happen in its order. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].sort((a, b) => a.at - b.at).find(({ at }) => at <= end);
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** The process stands still for `ms`: its timers are late. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  /** Its virtual machine stands still for `ms`: only the time of day has passed. */
  suspend(ms: number): void {
    this.#suspended += ms;
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

type Listener = (message: string) => void;

/** A channel between the processes of a test, whose messages can be lost or kept back. */
export class FakeNetwork {
  /** Every message so far. */
  readonly sent: string[] = [];
  /** Which messages arrive; by default all. */
  passes: (message: string, from: number, to: number) => boolean = () => true;
  /** How a message travels; by default it arrives in the next turn of the event loop. */
  carry: (deliver: () => void) => unknown = setImmediate;
  readonly #listeners: (Listener | undefined)[] = [];
  #heldBack: (() => void)[] | undefined;

  /** A process's end of it. */
  join(): InvalidationChannel {
    const from = this.#listeners.push(undefined) - 1;
    return {
      publish: async (message) => {
        this.sent.push(message);
        for (const to of this.#listeners.keys())
          if (this.passes(message, from, to)) this.#deliver(to, message);
      },
      subscribe: async (listener) => {
        this.#listeners[from] = listener;
      },
      close: async () => {
        this.#listeners[from] = undefined;
      },
    };
  }

  /** From now on messages wait, until {@link release}. */
  holdBack(): void {
    this.#heldBack = [];
  }

  async release(): Promise<void> {
    const waiting = this.#heldBack ?? [];
    this.#heldBack = undefined;
    for (const deliver of waiting) deliver();
    await settled();
  }

  /** No message reaches this process or leaves it. */
  cutOff(node: number): void {
    this.passes = (_message, from, to) => from !== node && to !== node;
  }

  heal(): void {
    this.passes = () => true;
  }

  #deliver(to: number, message: string): void {
    const deliver = (): void => this.#listeners[to]?.(message);
    if (this.#heldBack === undefined) this.carry(deliver);
    else this.#heldBack.push(deliver);
  }
}

/** Holds back the answer to the next read, which the engine has already made. */
export function slowReply(store: WatchedStore): () => void {
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { read } = store;
  store.read = async (...args) => {
    store.read = read;
    const found = await read(...args);
    await answered;
    return found;
  };
  return () => answer();
}

/** Whether a promise is decided yet. */
export function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; done: boolean } {
  const watch = { promise, done: false };
  const decided = (): void => {
    watch.done = true;
  };
  promise.then(decided, decided);
  return watch;
}

/** A process with its cache, its own connection to the store and its own time. */
export interface CacheNode {
  readonly cache: CachedStore;
  /** What its cache asks of the store. */
  readonly store: WatchedStore;
  readonly tools: FakeTools;
}

/** Memory that claims to be elsewhere. */
export function sharedMemory(): Store {
  const memory = new MemoryStore();
  return Object.defineProperty(memory, "capabilities", {
    value: { ...memory.capabilities, location: "shared" },
  }) as Store;
}

/** Several processes on one store and one network. */
export class Nodes {
  readonly shared: Store;
  readonly network = new FakeNetwork();
  readonly all: CacheNode[] = [];

  constructor(shared: Store = sharedMemory()) {
    this.shared = shared;
  }

  /** Starts a process. @param connection - its own to what is shared, which it closes; default: the shared store */
  add(options: Partial<CachedOptions> = {}, connection?: Store): CacheNode {
    const store = new WatchedStore({ inner: (connection ?? this.shared) as Store<unknown> });
    // Without a connection of its own: the other processes go on.
    if (connection === undefined) store.close = async () => {};
    const tools = new FakeTools();
    const settings = cachedSettings(store as Store, {
      channel: this.network.join(),
      maxStale: MAX_STALE,
      ...options,
    });
    const node = { cache: new CachedStore(store as Store, settings, tools), store, tools };
    this.all.push(node);
    return node;
  }

  /** Lets time pass for some processes; for all, if none is named. */
  async pass(ms: number, nodes: readonly CacheNode[] = this.all): Promise<void> {
    // In small steps, so that nobody's beats come in a heap.
    for (let left = ms; left > 0; left -= 500)
      await Promise.all(nodes.map(({ tools }) => tools.pass(Math.min(left, 500))));
  }

  /** Processes that all serve from memory. */
  async serving(count: number): Promise<CacheNode[]> {
    for (let started = 0; started < count; started++) await this.add().cache.open();
    await this.pass(10_000);
    return this.all;
  }
}
