import { HoldfastError } from "../../errors.ts";
import type { CreateOutcome, Handle, IndexedUser, StoredRecord, UserLimit } from "../contract.ts";
import { Turns } from "../turns.ts";
import { coverFor, coverMs } from "./cover.ts";
import type { Records } from "./records.ts";
import { handleOf, type UserIndex } from "./user-index.ts";

const MOST_TRIES = 200;

/** A session to be added. */
export interface NewSession {
  readonly handle: Handle;
  readonly record: StoredRecord;
  readonly now: number;
  readonly generation: number | undefined;
}

type UsersSession = NewSession & { readonly user: IndexedUser };

/**
 * Adds sessions. A user's index and the session may lie on different servers, so a session with a user is written and
 * then confirmed by the index, which knows whether the user's sessions were deleted meanwhile; only then does it count.
 * Where a limit is to be kept, its place in the index is reserved first. Whatever breaks off between leaves, at worst, a
 * session of which nobody has the cookie.
 */
export class AddSession {
  readonly #records: Records;
  readonly #index: UserIndex;
  /** Sign-ins of one user under a limit in this process: they would only make each other try again. */
  readonly #turns = new Turns();

  constructor(records: Records, index: UserIndex) {
    this.#records = records;
    this.#index = index;
  }

  async add(session: NewSession, limit: UserLimit | undefined): Promise<CreateOutcome> {
    const { handle, record, now } = session;
    const { user } = record;
    if (user === null) return (await this.#records.create(handle, record, 0, now)) ? "created" : "exists";
    if (limit === undefined) return this.#write({ ...session, user }, false);
    return this.#turns.run(user, () => this.#within({ ...session, user }, limit));
  }

  async #write(session: UsersSession, hasPlace: boolean): Promise<"created" | "exists" | "revoked"> {
    const { handle, record, now, user } = session;
    const cover = coverFor(record.expiresAt);
    if (!(await this.#records.create(handle, record, cover, now))) {
      if (hasPlace) await this.#index.forget(user, [`+${handle}`]);
      return "exists";
    }
    const confirmed = await this.#confirm(session, coverMs(cover, now), hasPlace);
    if (confirmed === "confirmed") return "created";
    await this.#records.delete(handle, now, [user]);
    // Displaced is as good as created and then evicted by another sign-in.
    return confirmed === "revoked" ? "revoked" : "created";
  }

  async #confirm(
    { handle, now, generation, user }: UsersSession,
    ms: number,
    hasPlace: boolean,
  ): Promise<"confirmed" | "displaced" | "revoked"> {
    try {
      return await this.#index.confirm(user, handle, generation, ms, hasPlace);
    } catch (error) {
      // Nobody will get the cookie of a session that could not be confirmed.
      await this.#records.delete(handle, now, [user]).catch(() => undefined);
      throw error;
    }
  }

  /** Sees whom the limit leaves room for, and keeps a place unless others have come between. */
  async #within(session: UsersSession, limit: UserLimit): Promise<CreateOutcome> {
    const { handle, now, generation, user } = session;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const own = await this.#index.look(user, generation);
      const { live, gone } = await this.#sessionsOf(user, own.members, limit.users, now);
      const excess = live.length + 1 - limit.most;
      if (excess > 0 && limit.beyond === "reject") return "limit";
      if (own.moved) return "revoked";
      if ((await this.#records.read(handle, now)) !== null) return "exists";
      const evicted = live.slice(0, Math.max(0, excess)).map(({ member }) => member);
      await Promise.all(evicted.map((member) => this.#records.delete(handleOf(member), now, limit.users)));
      const place = await this.#index.reserve(user, handle, generation, own, [...gone, ...evicted]);
      if (place === "revoked") return "revoked";
      if (place === "changed") continue;
      const written = await this.#write(session, true);
      return written === "created" && evicted.length > 0 ? "evicted" : written;
    }
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      "Too many sign-ins of one user at once. Try again in a moment.",
    );
  }

  /** The user's sessions that are live or about to be, the first to be evicted first; and what is gone of their own. */
  async #sessionsOf(
    user: IndexedUser,
    own: readonly string[],
    users: readonly IndexedUser[],
    now: number,
  ): Promise<{ live: { member: string; expiresAt: number }[]; gone: string[] }> {
    const others = await Promise.all(
      [...new Set(users)]
        .filter((other) => other !== user)
        .map((other) => this.#index.look(other, undefined)),
    );
    const members = [...new Set([...own, ...others.flatMap((view) => view.members)])];
    const found = await Promise.all(
      members.map(async (member) => {
        if (member.startsWith("+")) return { member, expiresAt: Number.POSITIVE_INFINITY };
        const record = await this.#records.read(member, Number.NEGATIVE_INFINITY);
        const isTheirs = record !== null && (record.user === user || users.includes(record.user ?? ""));
        return { member, expiresAt: isTheirs ? record.expiresAt : 0 };
      }),
    );
    const live = found
      .filter(({ expiresAt }) => expiresAt > now)
      .sort((a, b) => a.expiresAt - b.expiresAt || 0);
    const gone = found.filter(({ expiresAt }) => expiresAt === 0).map(({ member }) => member);
    return { live, gone: gone.filter((member) => own.includes(member)) };
  }
}
