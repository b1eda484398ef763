import { isPromise } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type {
  Awaitable,
  CreateOutcome,
  Handle,
  IndexedUser,
  ListedRecord,
  ScanPage,
  Store,
  StoreCapabilities,
  StoreChange,
  StoredRecord,
  StoredValue,
  Touch,
  UserLimit,
} from "../contract.ts";
import { type Change, EVERYTHING } from "./change.ts";
import { Entries } from "./entries.ts";
import { Node } from "./node.ts";
import type { CachedSettings } from "./options.ts";
import { type CacheTools, surely } from "./tools.ts";

/** What a process remembers at the moment, and for whom it does. */
export interface CacheState {
  /** True while reads may be answered from memory. */
  readonly serving: boolean;
  /** How many other processes changes wait for. */
  readonly others: number;
  readonly entries: number;
  readonly bytes: number;
}

/** A store that answers reads from memory where it may. Made by `cached()`. */
export class CachedStore implements Store {
  readonly #store: Store;
  readonly #settlesWithin: number;
  #capabilities: StoreCapabilities;
  readonly #entries: Entries;
  readonly #node: Node;
  readonly #tools: CacheTools;
  readonly #watchers = new Set<(change: StoreChange) => void>();
  #closed = false;

  constructor(store: Store, settings: CachedSettings, tools: CacheTools) {
    this.#store = store;
    this.#tools = tools;
    this.#entries = new Entries(settings);
    this.#node = new Node(store, settings, this.#entries, (change) => this.#heed(change), tools);
    this.#settlesWithin = surely(settings.maxStale);
    this.#capabilities = this.#withCache();
  }

  get capabilities(): StoreCapabilities {
    return this.#capabilities;
  }

  /** What it remembers at the moment. */
  get state(): CacheState {
    const { count, bytes } = this.#entries;
    const serving = this.#node.mayServe(this.#tools.monotonic());
    return { serving, others: this.#node.others, entries: count, bytes };
  }

  async open(): Promise<void> {
    this.#assertOpen();
    await this.#store.open?.();
    // Some stores know only now what they can promise.
    this.#capabilities = this.#withCache();
    await this.#node.open();
  }

  read(handle: Handle, now: number, fresh?: boolean): Awaitable<StoredRecord | null> {
    this.#assertOpen();
    const at = this.#tools.monotonic();
    if (!this.#node.mayServe(at)) return this.#store.read(handle, now, fresh);
    const remembered = fresh === true ? undefined : this.#entries.get(handle, now, at);
    return remembered ?? this.#readThrough(handle, now, at, fresh);
  }

  #readThrough(
    handle: Handle,
    now: number,
    at: number,
    fresh: boolean | undefined,
  ): Awaitable<StoredRecord | null> {
    const entries = this.#entries;
    const fill = entries.begin(handle, now, at);
    const giveUp = (error: unknown): never => {
      entries.giveUp(fill);
      throw error;
    };
    try {
      const found = this.#store.read(handle, now, fresh);
      return isPromise(found)
        ? found.then((record) => entries.keep(fill, record), giveUp)
        : entries.keep(fill, found);
    } catch (error) {
      return giveUp(error);
    }
  }

  create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation?: number,
    limit?: UserLimit,
  ): Promise<CreateOutcome> {
    const users = limit?.users ?? [];
    // Which of the user's sessions had to go is for the store to know.
    return this.#change(
      () => this.#store.create(handle, record, now, generation, limit),
      { kind: "users", names: users },
      (outcome) => outcome === "evicted",
    );
  }

  update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): Promise<boolean> {
    return this.#change(
      () => this.#store.update(handle, expectedVersion, record, now),
      { kind: "handles", names: [handle] },
      (done) => done,
    );
  }

  touch(touches: readonly Touch[], now: number): Promise<readonly Handle[]> {
    const names = touches.map(({ handle }) => handle);
    return this.#change(
      () => this.#store.touch(touches, now),
      { kind: "handles", names },
      (recorded) => recorded.length > 0,
    );
  }

  // Waited for whether or not a record was there: whoever has deleted it a moment ago may still be waiting.
  delete(handle: Handle, now: number): Promise<boolean> {
    return this.#change(() => this.#store.delete(handle, now), { kind: "handles", names: [handle] }, always);
  }

  deleteUser(users: readonly IndexedUser[], now: number, except?: Handle): Promise<number> {
    return this.#change(
      () => this.#store.deleteUser(users, now, except),
      { kind: "users", names: users },
      always,
    );
  }

  deleteAll(now: number): Promise<number> {
    return this.#change(() => this.#store.deleteAll(now), EVERYTHING, always);
  }

  deleteByKey(keyId: string, limit: number): Promise<number> {
    return this.#change(() => this.#store.deleteByKey(keyId, limit), { kind: "key", names: [keyId] }, always);
  }

  listUser(users: readonly IndexedUser[], now: number): Awaitable<ListedRecord[]> {
    return this.#store.listUser(users, now);
  }

  userGeneration(user: IndexedUser): Awaitable<number> {
    return this.#store.userGeneration(user);
  }

  countByKey(now: number): Awaitable<Map<string, number>> {
    return this.#store.countByKey(now);
  }

  readValue(name: string, now: number): Awaitable<StoredValue | null> {
    return this.#store.readValue(name, now);
  }

  writeValue(
    name: string,
    expectedVersion: number,
    value: Uint8Array,
    now: number,
    expiresAt?: number,
  ): Awaitable<boolean> {
    return this.#store.writeValue(name, expectedVersion, value, now, expiresAt);
  }

  scan(now: number, page: ScanPage): Awaitable<ListedRecord[]> {
    return this.#store.scan(now, page);
  }

  prune(now: number, limit: number): Awaitable<number> {
    return this.#store.prune(now, limit);
  }

  watch(heed: (change: StoreChange) => void): () => void {
    this.#assertOpen();
    // The same function may watch twice.
    const watcher = (change: StoreChange): void => heed(change);
    this.#watchers.add(watcher);
    this.#node.begin();
    return () => void this.#watchers.delete(watcher);
  }

  #heed(change: Change): void {
    this.#entries.drop(change);
    for (const watcher of this.#watchers) {
      try {
        watcher(change);
      } catch {
        // The acknowledgement must go out: others wait for it.
      }
    }
  }

  /** Leaves the list of processes, ends the channel's subscription and closes the store. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#entries.clear();
    await this.#node.close();
    await this.#store.close();
  }

  /** Changes the store; where `matters` says that others may remember what was before, waits until none does. */
  async #change<T>(work: () => Awaitable<T>, change: Change, matters: (answer: T) => boolean): Promise<T> {
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      // Done or not, nobody can tell.
      this.#entries.drop(change);
      if (!this.#closed) this.#node.tell(change);
      throw error;
    }
    // A refused update too: what it was made from is out of date.
    this.#entries.drop(change);
    if (matters(answer)) await this.#node.settle(change);
    return answer;
  }

  #withCache(): StoreCapabilities {
    return { ...this.#store.capabilities, sync: false, settlesWithin: this.#settlesWithin };
  }

  #assertOpen(): void {
    if (this.#closed) throw new HoldfastError("ERR_HOLDFAST_STORE_CLOSED");
  }
}

const always = (): boolean => true;
