/**
 * The keys of a deployment in an operator's hands.
 *
 * @module
 */
import type { KeyKeeper } from "../keys/keeper.ts";
import { type KeySummary, type KeyUsage, summaryOf, usageOf } from "../keys/report.ts";
import type { Core } from "./core.ts";
import type { Reporter } from "./events.ts";
import type { LegacyLink } from "./legacy.ts";

/** `sessions.keys` */
export interface Keys {
  /**
   * The keys, newest first, as the provider has them now; for a while those too that are not accepted any more.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_KEYS_UNAVAILABLE`
   */
  list(): Promise<KeySummary[]>;

  /**
   * Makes a key before its time. It signs once its propagation window has passed. Where one is on its way already,
   * nothing is done, so that two who rotate at once get one key.
   *
   * @returns the key that will sign
   * @throws {HoldfastError} `ERR_HOLDFAST_KEYS_ELSEWHERE` where keys are not made by Holdfast;
   * `ERR_HOLDFAST_KEYS_FULL`; what the provider throws
   */
  rotate(): Promise<KeySummary>;

  /**
   * Revokes a key, after a leak: ends exactly the sessions under it, and leaves all others. On this process once it has
   * resolved; other processes refuse it when they next look (`refresh` of the provider), and find its records gone from
   * the store at once. If it was the signing key, the next one signs from now on.
   *
   * @returns how many sessions there were, those included that had expired
   * @throws {HoldfastError} `ERR_HOLDFAST_KEY_UNKNOWN`; `ERR_HOLDFAST_KEYS_ELSEWHERE` where keys are not made by
   * Holdfast; `ERR_HOLDFAST_STORE_UNAVAILABLE`; what the provider throws; `ERR_HOLDFAST_STORE_CANNOT` where the key is
   * revoked, and the store cannot find its records
   */
  revoke(id: string): Promise<number>;

  /**
   * How many live sessions depend on each key, and whether it may go. May read every record.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_KEYS_UNAVAILABLE`, `ERR_HOLDFAST_STORE_UNAVAILABLE`,
   * `ERR_HOLDFAST_STORE_CANNOT`
   */
  usage(): Promise<KeyUsage[]>;
}

const BATCH = 500;

export class KeyOperations implements Keys {
  readonly #core: Core;
  readonly #keeper: KeyKeeper;
  readonly #reporter: Reporter;
  /** The keys that are being revoked here. */
  readonly #revoking = new Set<string>();

  constructor(core: Core, keeper: KeyKeeper, reporter: Reporter) {
    this.#core = core;
    this.#keeper = keeper;
    this.#reporter = reporter;
  }

  async list(): Promise<KeySummary[]> {
    await this.#keeper.refresh();
    const { entries } = this.#keeper;
    const now = this.#core.clock.now();
    return entries.map((entry) => summaryOf(entry, entries, now));
  }

  async rotate(): Promise<KeySummary> {
    await this.#keeper.ready();
    const next = await this.#keeper.rotate();
    return summaryOf(next, this.#keeper.entries, this.#core.clock.now());
  }

  async revoke(id: string): Promise<number> {
    await this.#keeper.ready();
    this.#revoking.add(id);
    try {
      const otherSides = await this.#otherSidesUnder(id);
      await this.#keeper.revoke(id);
      const count = await this.#removeRecords(id);
      if (count > 0) this.#reporter.report("session_revoked", { count });
      for (const link of otherSides) await this.#core.legacy?.end(link, this.#reporter);
      return count;
    } finally {
      this.#revoking.delete(id);
    }
  }

  /**
   * Another process has revoked a key; this one may have stored sessions under it meanwhile, which are refused from now
   * on. Never throws: a failure is reported.
   */
  learnOfRevocation(id: string): void {
    if (!this.#revoking.has(id)) this.#removeRecords(id).catch(() => undefined);
  }

  async usage(): Promise<KeyUsage[]> {
    // Collected for metrics time and again.
    await this.#keeper.refreshIfOld();
    const { store, clock } = this.#core;
    const now = clock.now();
    const counts = await store.ask("countByKey", this.#reporter, (store) => store.countByKey(now));
    return usageOf(this.#keeper.entries, counts, now);
  }

  /** What is kept elsewhere of the sessions under a key. Asked for before it goes, since nobody can read them after. */
  async #otherSidesUnder(keyId: string): Promise<LegacyLink[]> {
    const { store, records, clock, legacy } = this.#core;
    const links: LegacyLink[] = [];
    if (legacy?.keeps !== true || store.lacks("listing")) return links;
    let after: string | undefined;
    do {
      const now = clock.now();
      const page = await store.ask("scan", this.#reporter, (it) => it.scan(now, { after, limit: BATCH }));
      for (const { handle, record } of page) {
        if (record.keyId !== keyId) continue;
        const link = records.headerOf(handle, record)?.legacy;
        if (link?.id !== undefined) links.push(link);
      }
      after = page.length < BATCH ? undefined : page.at(-1)?.handle;
    } while (after !== undefined);
    return links;
  }

  async #removeRecords(keyId: string): Promise<number> {
    const { store } = this.#core;
    let removed = 0;
    for (;;) {
      const batch = await store.ask("deleteByKey", this.#reporter, (store) =>
        store.deleteByKey(keyId, BATCH),
      );
      removed += batch;
      store.changes.tell("key", [keyId]);
      if (batch < BATCH) return removed;
      await new Promise(setImmediate);
    }
  }
}
