/**
 * Sessions seen and ended from outside them: the list in an account page, "sign out everywhere", an operator's hand.
 *
 * @module
 */
import { type Awaitable, chain } from "../awaitable.ts";
import { looksLikeHandle } from "../crypto/session-id.ts";
import { HoldfastError } from "../errors.ts";
import type { KeyKeeper } from "../keys/keeper.ts";
import type { Core } from "./core.ts";
import { bindingOf } from "./device-bound/summary.ts";
import type { Reporter } from "./events.ts";
import { logoutOf, type ProviderSession } from "./federation/provider.ts";
import { revokeFederated } from "./federation/revoke-federated.ts";
import { canonicalUser } from "./identity.ts";
import { endOtherSide } from "./legacy.ts";
import { standing } from "./limits.ts";
import type { DeviceBinding } from "./object/types.ts";
import type { Client, StampedHeader } from "./record/header.ts";

/** One of a user's sessions, live or locked. Nothing in it works as a session id (ASVS 7.5.2). */
export interface SessionSummary {
  /** Names the session in {@link Users.revoke}; safe in URLs. */
  readonly handle: string;
  readonly createdAt: Date;
  /** The last recorded activity: up to a tenth of the idle limit old. */
  readonly lastSeenAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  /** `undefined` if the user was assigned rather than signed in. */
  readonly authenticatedAt: Date | undefined;
  /** True if it has locked at its idle limit, and waits for its user. */
  readonly locked: boolean;
  /** Whom its user impersonates. */
  readonly actingAs: string | undefined;
  /** True for the session named by `current`. */
  readonly current: boolean;
  /** True if its cookie outlives the browser's window. */
  readonly remembered: boolean;
  /** Where it was begun, and where it last came from if that is known to be elsewhere. */
  readonly client: Client;
  /** The device that it is bound to (`deviceBound`). */
  readonly deviceBound: DeviceBinding | undefined;
  /** Whose session at which OpenID Provider it began from (`idToken`). */
  readonly provider: ProviderSession | undefined;
}

/** One of everybody's sessions, live or locked, for operators. */
export interface ListedSession extends SessionSummary {
  /** Whose it is; `undefined` for an anonymous one. */
  readonly user: string | undefined;
}

/** Which part of all sessions to list. */
export interface ListAllOptions {
  /** `next` of the page before. Default: from the first. */
  readonly after?: string | undefined;
  /** How many at most, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** The handle to mark. */
  readonly current?: string | undefined;
}

/** A page of all sessions, live or locked. */
export interface ListedSessions {
  /** In the order of their handles, which says nothing about them. */
  readonly sessions: ListedSession[];
  /** Where the next page begins; `undefined`: this is the last. */
  readonly next: string | undefined;
}

const MOST_LISTED = 1_000;

export class Users {
  readonly #core: Core;
  readonly #reporter: Reporter;
  // A user's sessions stand under their name's hash under each key: no key that another process uses may be missing.
  readonly #keeper: KeyKeeper;

  constructor(core: Core, reporter: Reporter, keeper: KeyKeeper) {
    this.#core = core;
    this.#reporter = reporter;
    this.#keeper = keeper;
  }

  /** A user's sessions, locked ones too, latest activity first. */
  async list(user: string | number, current?: string): Promise<SessionSummary[]> {
    const { store, records, clock } = this.#core;
    const name = canonicalUser(user);
    await this.#keeper.refreshIfOld();
    const now = clock.now();
    const listed = await store.ask("listUser", this.#reporter, (store) =>
      store.listUser(records.codec.indexNames(name), now),
    );
    const summaries: SessionSummary[] = [];
    for (const { handle, record } of listed) {
      const opened = records.stampedHeaderOf(handle, record);
      if (opened?.header.user !== name) continue;
      const summary = summaryOf(handle, opened, now, current);
      if (summary !== null) summaries.push(summary);
    }
    return summaries.sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  }

  /** Everybody's sessions, locked ones too, a page at a time. */
  async listAll({ after, limit = 100, current }: ListAllOptions): Promise<ListedSessions> {
    if (after !== undefined && !looksLikeHandle(after))
      throw new HoldfastError("ERR_HOLDFAST_OPTION", "`after` must be the `next` of the page before.");
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST_LISTED))
      throw new HoldfastError("ERR_HOLDFAST_OPTION", "`limit` must be a whole number, 1 to 1,000.");
    const { store, records, clock } = this.#core;
    await this.#keeper.refreshIfOld();
    const now = clock.now();
    const page = await store.ask("scan", this.#reporter, (store) => store.scan(now, { after, limit }));
    const sessions: ListedSession[] = [];
    for (const { handle, record } of page) {
      const opened = records.stampedHeaderOf(handle, record);
      if (opened === null) continue;
      const summary = summaryOf(handle, opened, now, current);
      if (summary !== null) sessions.push({ ...summary, user: opened.header.user ?? undefined });
    }
    return { sessions, next: page.length < limit ? undefined : page.at(-1)?.handle };
  }

  /** Ends one session; false if there is none of this name. */
  async revoke(handle: string): Promise<boolean> {
    return looksLikeHandle(handle) && this.#end(handle, null);
  }

  /** Ends one session of a user's; false if there is none of this name, or it is not theirs. */
  async revokeOwn(handle: string, user: string | number): Promise<boolean> {
    const name = canonicalUser(user);
    if (!looksLikeHandle(handle)) return false;
    if (this.#core.store.isCarried) {
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_CANNOT",
        "Nobody can tell whose a session is that its client carries: leave `user` out, or use a store on the server.",
      );
    }
    await this.#keeper.refreshIfOld();
    return (await this.#owns(name, handle, this.#core.clock.now())) && this.#end(handle, name);
  }

  async #end(handle: string, user: string | null): Promise<boolean> {
    const { records, clock, legacy } = this.#core;
    if (legacy?.keeps === true) await this.#endOtherSideOf(handle);
    const ended = await records.remove(handle, clock.now(), this.#reporter);
    if (ended) this.#reporter.report("session_revoked", { count: 1 }, { handle, user });
    return ended;
  }

  /** Ends all of a user's sessions but `except`; returns how many, or 0 where the store cannot count. */
  async revokeUser(user: string | number, except?: string | null): Promise<number> {
    if (except !== undefined && except !== null && !looksLikeHandle(except)) {
      throw new HoldfastError(
        "ERR_HOLDFAST_OPTION",
        "`except` must be a session's handle, such as req.session.handle.",
      );
    }
    const { store, records, clock } = this.#core;
    const name = canonicalUser(user);
    const isComplete = await this.#keeper.refresh();
    await this.#refuseLegacy(name, except ?? undefined);
    const count = await store.ask("deleteUser", this.#reporter, (store) =>
      store.deleteUser(records.codec.indexNames(name), clock.now(), except ?? undefined),
    );
    store.changes.tell("users", records.codec.indexNames(name));
    // A store without lists cannot say how many there were.
    if (count > 0 || store.lacks("listing"))
      this.#reporter.report("session_revoked", { count }, { user: name });
    if (!isComplete) {
      throw new HoldfastError(
        "ERR_HOLDFAST_KEYS_UNAVAILABLE",
        `${count} of the user's sessions were ended, but the keys cannot be looked up: there may be others, under a key that ` +
          "this process does not know. Try again, or end everybody's with revokeAll().",
      );
    }
    return count;
  }

  /** Ends all sessions of everybody, anonymous ones included; returns how many records there were. */
  async revokeAll(): Promise<number> {
    const { store, clock, legacy } = this.#core;
    await legacy?.refuse(null, this.#reporter);
    const count = await store.ask("deleteAll", this.#reporter, (store) => store.deleteAll(clock.now()));
    store.changes.tell("everything", []);
    this.#reporter.report("session_revoked", { count });
    await legacy?.endAll(this.#reporter);
    return count;
  }

  /** Ends the sessions that have ended at an OpenID Provider; returns how many. */
  async revokeFederated(logout: unknown): Promise<number> {
    const { clock } = this.#core;
    const at = Math.floor(clock.now() / 1000);
    return revokeFederated(this.#core, this.#keeper, logoutOf(logout), at, this.#reporter);
  }

  // First, so that whoever comes over meanwhile is either refused or found by what follows.
  async #refuseLegacy(user: string, except: string | undefined): Promise<void> {
    const { store, records, clock, legacy } = this.#core;
    if (legacy === undefined) return;
    await legacy.refuse(user, this.#reporter);
    if (!legacy.keeps) return;
    const listed = await store.ask("listUser", this.#reporter, (store) =>
      store.listUser(records.codec.indexNames(user), clock.now()),
    );
    for (const { handle, record } of listed) {
      const header = handle === except ? null : records.headerOf(handle, record);
      if (header !== null) await endOtherSide(legacy, header, this.#reporter);
    }
  }

  async #endOtherSideOf(handle: string): Promise<void> {
    const { store, records, clock, legacy } = this.#core;
    const record = await store.ask("read", this.#reporter, (store) => store.read(handle, clock.now(), true));
    const header = record === null ? null : records.headerOf(handle, record);
    if (header !== null) await endOtherSide(legacy, header, this.#reporter);
  }

  // A record's user never changes, so what was true when it was read is true when it is deleted.
  #owns(user: string, handle: string, now: number): Awaitable<boolean> {
    const { store, records } = this.#core;
    return chain(
      store.ask("read", this.#reporter, (store) => store.read(handle, now)),
      (record) =>
        record !== null && record.user !== null && records.codec.indexNames(user).includes(record.user),
    );
  }
}

function sessionAt({ issuer, subject, sid }: ProviderSession): ProviderSession {
  return { issuer, subject, sid };
}

/** `null` for a session that is over. */
function summaryOf(
  handle: string,
  { header, seenAt }: StampedHeader,
  now: number,
  current: string | undefined,
): SessionSummary | null {
  const found = standing(header, seenAt, now);
  if (found !== "live" && found !== "locked") return null;
  const { createdAt, idle, endsAt, authenticatedAt, remembered, cookieLife, client } = header;
  return {
    handle,
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(seenAt),
    idleExpiresAt: new Date(Math.min(seenAt + idle, endsAt)),
    absoluteExpiresAt: new Date(endsAt),
    authenticatedAt: authenticatedAt === 0 ? undefined : new Date(authenticatedAt),
    locked: found === "locked",
    actingAs: header.impersonation === null ? undefined : header.impersonation.user,
    current: handle === current,
    remembered: remembered || cookieLife > 0,
    client,
    deviceBound: bindingOf(header),
    provider: header.provider && sessionAt(header.provider),
  };
}
