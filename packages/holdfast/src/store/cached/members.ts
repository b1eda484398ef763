import { HoldfastError } from "../../errors.ts";
import type { Store } from "../contract.ts";
import { LIST_NAME, type ListedMember, listBytes, listIn, MOST_MEMBERS } from "./member-list.ts";
import type { NodeId } from "./message.ts";
import { type CacheTools, surely } from "./tools.ts";

/** A process that changes wait for. */
export type Member = Pick<ListedMember, "id" | "maxStale">;

/** How often the list is written again when another process was faster. */
const MOST_TRIES = 20;

/**
 * Who may serve sessions from memory: a list in the store itself, so that nobody can be overlooked whom the store
 * knows. All its times are lengths on one process's own clock; no two clocks are ever compared.
 *
 * - A member says that it is there by raising its number. It takes itself for one for `lease` after it began to.
 * - Others strike it off when they have seen the same number for longer than `lease`.
 * - A copy of the list is used for `lease`. So whoever has joined serves nothing until `lease` has passed once more:
 *   from then on nobody uses a copy without it.
 */
export class Members {
  readonly #store: Pick<Store, "readValue" | "writeValue">;
  readonly #self: Member;
  readonly #lease: number;
  readonly #tools: CacheTools;
  readonly #expelled: () => void;
  /** Since when each other has had the number that it has. */
  readonly #seen = new Map<NodeId, { readonly beat: number; readonly since: number }>();
  #others: readonly Member[] = [];
  #listedAt: number = Number.NEGATIVE_INFINITY;
  #servesFrom: number = Number.POSITIVE_INFINITY;
  #servesUntil: number = Number.NEGATIVE_INFINITY;
  /** The same by the time of day: a virtual machine that stood still does not see its lease end by the other clock. */
  #servesUntilTime: number = Number.NEGATIVE_INFINITY;
  #looking: { readonly since: number; readonly found: Promise<readonly Member[]> } | undefined;
  #turn = 0;
  /** The number it last tried to write; never used twice. */
  #beat = 0;
  /** The number it last knew to be written. While the list has it, this process has been on it all the time. */
  #confirmed = 0;

  /** @param expelled - what is remembered from before does not count any more: changes have not waited for it */
  constructor(
    store: Pick<Store, "readValue" | "writeValue">,
    self: Member,
    lease: number,
    tools: CacheTools,
    expelled: () => void,
  ) {
    this.#store = store;
    this.#self = self;
    this.#lease = lease;
    this.#tools = tools;
    this.#expelled = expelled;
  }

  /** True if at `at` every change waits for this process. */
  mayServe(at: number): boolean {
    return (
      at >= this.#servesFrom && at < this.#servesUntil && this.#tools.timeOfDay() < this.#servesUntilTime
    );
  }

  /** How many other processes there are, as far as is known. */
  get count(): number {
    return this.#others.length;
  }

  /** The other members, of now or of at most `lease` ago. */
  others(): readonly Member[] | Promise<readonly Member[]> {
    return this.#tools.monotonic() - this.#listedAt < this.#lease ? this.#others : this.#look();
  }

  // Many changes may ask at once, of a store that has kept them waiting: one answer will do.
  #look(): Promise<readonly Member[]> {
    const at = this.#tools.monotonic();
    if (this.#looking !== undefined && at - this.#looking.since < this.#lease) return this.#looking.found;
    const looking = { since: at, found: this.#lookUp(at) };
    this.#looking = looking;
    const done = (): void => {
      if (this.#looking === looking) this.#looking = undefined;
    };
    looking.found.then(done, done);
    return looking.found;
  }

  async #lookUp(at: number): Promise<readonly Member[]> {
    const list = listIn(await this.#store.readValue(LIST_NAME, this.#tools.timeOfDay()));
    this.#note(list, at);
    return list.filter(({ id }) => id !== this.#self.id);
  }

  /**
   * Says that this process is there, joining if it is not on the list; `present` false: takes it off. Strikes off those
   * of whom nothing was seen.
   */
  async beat(present: boolean): Promise<void> {
    const turn = ++this.#turn;
    if (!present) this.#stop();
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const at = this.#tools.monotonic();
      const time = this.#tools.timeOfDay();
      const found = await this.#store.readValue(LIST_NAME, time);
      const list = listIn(found);
      if (turn !== this.#turn) return;
      const others = this.#alive(list);
      const self = list.find(({ id }) => id === this.#self.id);
      const joins = present && (self !== undefined || others.length < MOST_MEMBERS);
      const beat = ++this.#beat;
      const next = joins ? [...others, { ...this.#self, beat }] : others;
      const isSame = !joins && next.length === list.length;
      if (isSame || (await this.#store.writeValue(LIST_NAME, found?.version ?? 0, listBytes(next), time))) {
        // Overtaken by a later turn, which may have meant the opposite.
        if (turn !== this.#turn) return;
        this.#note(others, at);
        if (joins) this.#joined(self?.beat === this.#confirmed, beat, at, time);
        return;
      }
    }
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      "The list of processes that cache sessions is being changed by too many at once.",
    );
  }

  #joined(wasThere: boolean, beat: number, at: number, time: number): void {
    if (!wasThere) this.#stop();
    this.#confirmed = beat;
    if (this.#servesFrom === Number.POSITIVE_INFINITY)
      this.#servesFrom = this.#tools.monotonic() + surely(this.#lease);
    this.#servesUntil = at + this.#lease;
    this.#servesUntilTime = time + this.#lease;
  }

  #stop(): void {
    this.#servesFrom = Number.POSITIVE_INFINITY;
    this.#servesUntil = Number.NEGATIVE_INFINITY;
    this.#expelled();
  }

  #note(list: readonly ListedMember[], at: number): void {
    if (at < this.#listedAt) return;
    this.#others = list.filter(({ id }) => id !== this.#self.id);
    this.#listedAt = at;
  }

  /** The others on the list, but for those whose number has stood still for too long. */
  #alive(list: readonly ListedMember[]): ListedMember[] {
    const now = this.#tools.monotonic();
    const others = list.filter(({ id }) => id !== this.#self.id);
    const ids = new Set(others.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    return others.filter(({ id, beat }) => {
      const seen = this.#seen.get(id);
      if (seen?.beat === beat) return now - seen.since <= surely(this.#lease);
      this.#seen.set(id, { beat, since: now });
      return true;
    });
  }
}
