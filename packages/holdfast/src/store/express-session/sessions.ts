import type { Handle } from "../contract.ts";
import {
  EVERYONE,
  endedObject,
  isEnded,
  nameOf,
  readSession,
  type SessionEntry,
  sessionObject,
} from "./entries.ts";
import type { ForeignCalls } from "./foreign-store.ts";
import { type Revocations, stands } from "./revocations.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a database has under a handle. */
export interface Look {
  /** `null`: nothing, or nothing of ours. */
  readonly entry: SessionEntry | null;
  readonly ended: boolean;
  /** Everybody's number. */
  readonly everyone: number;
}

/** The sessions of a database, one by one. Whoever writes takes turns. */
export class ForeignSessions {
  readonly #calls: ForeignCalls;
  readonly #revocations: Revocations;

  constructor(calls: ForeignCalls, revocations: Revocations) {
    this.#calls = calls;
    this.#revocations = revocations;
  }

  async look(handle: Handle): Promise<Look> {
    const [found, ended, everyone] = await Promise.all([
      this.#calls.get(nameOf("session", handle)),
      this.#calls.get(nameOf("ended", handle)),
      this.#revocations.tokenOf(EVERYONE),
    ]);
    return { entry: readSession(handle, found), ended: isEnded(handle, ended), everyone };
  }

  async isLive({ entry, ended, everyone }: Look, now: number): Promise<boolean> {
    if (entry === null || ended || entry.record.expiresAt <= now || entry.everyone !== everyone) return false;
    const { user } = entry.record;
    const revoked = user === null ? 0 : await this.#revocations.tokenOf(user);
    return stands(entry, (name) => (name === EVERYONE ? everyone : revoked), now);
  }

  async live(handle: Handle, now: number): Promise<SessionEntry | null> {
    const look = await this.look(handle);
    return (await this.isLive(look, now)) ? look.entry : null;
  }

  write(entry: SessionEntry, now: number): Promise<void> {
    const keep = entry.record.expiresAt - now;
    const life = Math.max(entry.life, keep);
    return this.#calls.set(nameOf("session", entry.handle), sessionObject({ ...entry, life }, keep));
  }

  /** Ends a session for good, though another process may be about to write it. True if it was live. */
  async end(handle: Handle, now: number): Promise<boolean> {
    const look = await this.look(handle);
    if (!look.ended) {
      await this.#calls.set(nameOf("ended", handle), endedObject(handle, lifeAfter(look.entry)));
    }
    await this.destroy(handle);
    return this.isLive(look, now);
  }

  /** For a session that is over already. */
  destroy(handle: Handle): Promise<void> {
    return this.#calls.destroy(nameOf("session", handle));
  }
}

/**
 * How long a record may live that another process read before and writes now: a write gives it as long as some write
 * before, or less. Twice that, and an hour, allow for clocks that differ and for a write that takes its time.
 */
function lifeAfter(entry: SessionEntry | null): number {
  return entry === null ? DAY : 2 * entry.life + HOUR;
}
