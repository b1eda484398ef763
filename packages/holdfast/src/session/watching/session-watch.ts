/**
 * Sessions that open sockets depend on. A socket outlives the request that opened it, so nobody asks the store about its
 * session any more: this does, at once when something is heard of a change, and from time to time in any case.
 *
 * However many sockets a session has, it is looked at once; and however many sessions there are, the store is asked a
 * bounded number of times a second, a bounded number of them at once.
 *
 * @module
 */
import type { StoreChange } from "../../store/contract.ts";
import type { Core } from "../core.ts";
import type { Reporter } from "../events.ts";
import { standing, touchInterval } from "../limits.ts";
import type { RecordHeader } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import { readHeader } from "../record/read-header.ts";
import { recordActivity } from "./record-activity.ts";
import { type SocketEnd, WatchedSession, type Watcher } from "./watched-session.ts";

/** How watched sessions are looked after. Milliseconds. */
export interface WatchSettings {
  /** The longest between two looks at a session. */
  readonly interval: number;
  /** How long sockets stay open whose session could not be looked at. */
  readonly grace: number;
}

export interface WatchTools extends WatchSettings {
  readonly core: Pick<Core, "store" | "records" | "clock" | "policy" | "legacy">;
  /** For what is nobody's request's doing. */
  readonly reporter: Reporter;
  readonly warn: (topic: string, message: string) => void;
  /** From 0 to 1: so that sockets which came together are not looked at together for ever. */
  readonly chance: () => number;
}

const TICK_MS = 1_000;
/** Looks that one tick begins. */
export const MOST_PER_TICK = 1_000;
/** Looks that wait for the store at once. */
const AT_ONCE = 32;
/** Changes heard of a session within this time are one look, in milliseconds. */
const TOGETHER_MS = 1_000;

export class SessionWatch {
  readonly #tools: WatchTools;
  // In the order in which they were last looked at, so that where there are too many none is passed over.
  readonly #sessions = new Map<string, WatchedSession>();
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(tools: WatchTools) {
    this.#tools = tools;
  }

  /** How many sessions are watched. */
  get size(): number {
    return this.#sessions.size;
  }

  /** What this process has changed so far; see {@link SessionWatch.add}. The first call begins to listen. */
  listen(): number {
    const { changes } = this.#tools.core.store;
    if (!changes.heard) changes.listen((change) => this.#heed(change, true));
    return changes.count;
  }

  /**
   * Watches a session that was live a moment ago.
   *
   * @param since - what {@link SessionWatch.listen} returned before the session was read
   * @returns what ends it
   */
  add(live: Live, since: number, watcher: Watcher): () => void {
    if (this.#closed) {
      watcher.over("closed");
      return () => undefined;
    }
    const { store, clock } = this.#tools.core;
    const now = clock.now();
    const { handle } = live.credential;
    let session = this.#sessions.get(handle);
    if (session === undefined) {
      session = new WatchedSession(live, now);
      this.#plan(session, now);
      this.#sessions.set(handle, session);
      this.#start();
    }
    session.watchers.add(watcher);
    if (store.changes.count !== since) void this.#look(session);
    return () => this.#release(handle, watcher);
  }

  /** Counts now as activity, as a request does: recorded at a tenth of the idle limit. Failures are reported. */
  touch(handle: string): void {
    const session = this.#sessions.get(handle);
    if (session === undefined) return;
    const now = this.#tools.core.clock.now();
    if (this.#overBy(session) !== undefined) return void this.#look(session);
    session.seenAt = now;
    const { header, seenAt } = session.opened;
    if (now - seenAt < touchInterval(header.idle) || now < session.recordableAt) return;
    session.recordableAt = now + TICK_MS;
    void this.#record(session, now);
  }

  /** Looks at what is due; one run at a time. Never throws. */
  run(): Promise<void> {
    this.#running ??= this.#lookAround().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets go of all sockets. */
  close(): void {
    this.#closed = true;
    for (const session of [...this.#sessions.values()]) this.#end(session, "closed");
  }

  // ——— looking ———

  async #lookAround(): Promise<void> {
    const now = this.#tools.core.clock.now();
    const due: WatchedSession[] = [];
    for (const session of this.#sessions.values()) {
      if (session.dueAt > now) continue;
      due.push(session);
      if (due.length === MOST_PER_TICK) break;
    }
    this.#warnOfCrowd();
    for (let at = 0; at < due.length; at += AT_ONCE) {
      await Promise.all(due.slice(at, at + AT_ONCE).map((session) => this.#look(session)));
      await new Promise(setImmediate);
    }
  }

  /** Never rejects. */
  async #look(session: WatchedSession): Promise<void> {
    if (session.looking) {
      session.again = true;
      return;
    }
    session.looking = true;
    do {
      session.again = false;
      await this.#lookOnce(session);
    } while (session.again && this.#isWatched(session));
    session.looking = false;
  }

  async #lookOnce(session: WatchedSession): Promise<void> {
    const { core, reporter, grace } = this.#tools;
    const { handle } = session;
    const began = core.clock.now();
    try {
      const asked = core.store.ask("read", reporter, (store) => store.read(handle, began, true));
      const record = await asked;
      if (!this.#isWatched(session)) return;
      const opened = record ? readHeader(core.records.codec, handle, record) : null;
      if (!record || opened === null) return this.#end(session, this.#overBy(session) ?? "ended");
      const { header } = opened;
      if (header.legacy !== undefined && (await this.#hasEndedThere(session, header)))
        return this.#end(session, "ended");
      session.opened = opened;
      session.user = record.user;
      session.keyId = record.keyId;
      session.aliveAt = began;
      session.failing = false;
    } catch {
      session.failing = true;
    }
    if (!this.#isWatched(session)) return;
    const over = this.#overBy(session);
    if (over !== undefined) return this.#end(session, over);
    const now = core.clock.now();
    if (session.failing && now - session.aliveAt >= grace) return this.#end(session, "unknown");
    this.#plan(session, now);
    if (!session.failing) for (const watcher of session.watchers) watcher.alive(session.opened);
  }

  /** True if the software that it came over from has ended it: its next request would find it ended, and may never come. */
  async #hasEndedThere({ lastSeenAt }: WatchedSession, header: RecordHeader): Promise<boolean> {
    const { core, reporter } = this.#tools;
    const active = core.clock.now() - lastSeenAt < touchInterval(header.idle);
    return !((await core.legacy?.isThere(header, active, core.policy.identify, reporter)) ?? true);
  }

  /** What the clock says of it, as far as is known here. */
  #overBy({ header, lastSeenAt }: WatchedSession): SocketEnd | undefined {
    const found = standing(header, lastSeenAt, this.#tools.core.clock.now());
    if (found === "live") return undefined;
    return found === "locked" ? "locked" : "expired";
  }

  /** When to look next: within the interval, and not later than something is bound to happen. */
  #plan(session: WatchedSession, now: number): void {
    const { interval, grace, chance } = this.#tools;
    const { header, handle } = session;
    const soon = now + interval * (0.75 + 0.25 * chance());
    const over = Math.min(session.lastSeenAt + header.idle, header.endsAt);
    const blind = session.failing ? session.aliveAt + grace : Number.POSITIVE_INFINITY;
    session.dueAt = Math.min(soon, over, blind);
    if (this.#sessions.delete(handle)) this.#sessions.set(handle, session);
  }

  // ——— hearing ———

  #heed(change: StoreChange, isOwn: boolean): void {
    if (change.kind === "handles") {
      for (const name of change.names) {
        const session = this.#sessions.get(name);
        if (session !== undefined) this.#hear(session, isOwn);
      }
      return;
    }
    let any = false;
    for (const session of this.#sessions.values()) {
      if (!session.isMeant(change)) continue;
      session.dueAt = 0;
      any = true;
    }
    if (any) void this.#runAgain();
  }

  // Others tell of every write, and a session may be written often; what this process tells of is an end.
  #hear(session: WatchedSession, isOwn: boolean): void {
    const now = this.#tools.core.clock.now();
    const since = now - session.aliveAt;
    if (isOwn || since < 0 || since >= TOGETHER_MS) void this.#look(session);
    else session.dueAt = Math.min(session.dueAt, session.aliveAt + TOGETHER_MS);
  }

  // A run that is under way has perhaps passed what is due since.
  async #runAgain(): Promise<void> {
    await this.#running;
    await this.run();
  }

  // ——— activity ———

  /** Never rejects. */
  async #record(session: WatchedSession, seenAt: number): Promise<void> {
    const { core, reporter } = this.#tools;
    try {
      const opened = await recordActivity(core, reporter, session.handle, seenAt);
      if (opened === null) return this.#end(session, "ended");
      if (opened.header.lock === "locked") return this.#end(session, "locked");
      session.opened = opened;
      if (this.#isWatched(session)) this.#plan(session, core.clock.now());
    } catch {
      // The next touch tries again.
    }
  }

  // ——— coming and going ———

  #isWatched(session: WatchedSession): boolean {
    return this.#sessions.get(session.handle) === session;
  }

  #release(handle: string, watcher: Watcher): void {
    const session = this.#sessions.get(handle);
    if (session === undefined || !session.watchers.delete(watcher)) return;
    if (session.watchers.size === 0) this.#forget(session);
  }

  #end(session: WatchedSession, why: SocketEnd): void {
    if (!this.#isWatched(session)) return;
    this.#forget(session);
    const { watchers, handle, userName } = session;
    this.#tools.reporter.report(
      "session_sockets_closed",
      { reason: why, sockets: watchers.size },
      { handle, user: userName },
    );
    for (const watcher of watchers) watcher.over(why);
  }

  #forget({ handle }: WatchedSession): void {
    this.#sessions.delete(handle);
    if (this.#sessions.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.run(), TICK_MS);
    this.#timer.unref();
    this.#unwatch = this.#tools.core.store.watch((change) => this.#heed(change, false));
  }

  #warnOfCrowd(): void {
    const { interval, warn } = this.#tools;
    const most = (interval / TICK_MS) * MOST_PER_TICK;
    if (this.#sessions.size <= most) return;
    warn(
      "sockets",
      `More than ${Math.floor(most)} sessions have sockets on this process: they cannot all be looked at within ` +
        "`sockets.interval`. A session that another process ends closes its sockets later than that. Make it longer, or " +
        "spread the sockets over more processes.",
    );
  }
}
