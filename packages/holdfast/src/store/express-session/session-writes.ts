import type { Handle, StoredRecord, Touch } from "../contract.ts";
import type { Turns } from "../turns.ts";
import type { Revocations, Standing } from "./revocations.ts";
import type { ForeignSessions } from "./sessions.ts";

/** Writes of sessions: each looks, decides and writes, in its session's turn. */
export class SessionWrites {
  readonly #sessions: ForeignSessions;
  readonly #revocations: Revocations;
  readonly #turns: Turns;

  constructor(sessions: ForeignSessions, revocations: Revocations, turns: Turns) {
    this.#sessions = sessions;
    this.#revocations = revocations;
    this.#turns = turns;
  }

  create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation: number | undefined,
  ): Promise<"created" | "exists" | "revoked"> {
    return this.#turns.run(handle, () => this.#create(handle, record, now, generation));
  }

  update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): Promise<boolean> {
    return this.#turns.run(handle, async () => {
      // Of many who have read one version, all but the first need not ask.
      if (expectedVersion < this.#turns.noteOf(handle)) return false;
      return this.#update(handle, expectedVersion, record, now);
    });
  }

  /** False if it has moved or is gone. */
  touch(touch: Touch, now: number): Promise<boolean> {
    return this.#turns.run(touch.handle, () => this.#touch(touch, now));
  }

  async #create(
    handle: Handle,
    record: StoredRecord,
    now: number,
    generation: number | undefined,
  ): Promise<"created" | "exists" | "revoked"> {
    const { user } = record;
    const [look, standing] = await Promise.all([
      this.#sessions.look(handle),
      user === null ? null : this.#revocations.standingOf(user),
    ]);
    if (look.ended || (await this.#sessions.isLive(look, now))) return "exists";
    const moved = (at: Standing): boolean =>
      generation !== undefined && at.generation !== 0 && at.generation !== generation;
    if (standing !== null && moved(standing)) return "revoked";
    await this.#sessions.write(
      {
        handle,
        createdAt: now,
        life: 0,
        everyone: standing?.everyone ?? look.everyone,
        revoked: standing?.revoked ?? 0,
        record: { ...record, version: 1 },
      },
      now,
    );
    if (user === null || generation === undefined) return "created";
    // Whoever revokes all but one session goes by what is there; one that comes too late takes itself away.
    if (!moved(await this.#revocations.standingOf(user))) return "created";
    await this.#sessions.end(handle, now);
    return "revoked";
  }

  async #update(
    handle: Handle,
    expectedVersion: number,
    record: StoredRecord,
    now: number,
  ): Promise<boolean> {
    const entry = await this.#sessions.live(handle, now);
    if (entry === null || entry.record.version !== expectedVersion) return false;
    const { user } = record;
    let { revoked } = entry;
    if (user !== null && user !== entry.record.user) {
      revoked = await this.#revocations.tokenOf(user);
      // In this order: Revocations.revoke() counts on it.
      if ((await this.#sessions.live(handle, now)) === null) return false;
    }
    const version = expectedVersion + 1;
    await this.#sessions.write({ ...entry, revoked, record: { ...record, version } }, now);
    this.#turns.leave(handle, version);
    return true;
  }

  async #touch({ handle, version, expiresAt, header }: Touch, now: number): Promise<boolean> {
    const entry = await this.#sessions.live(handle, now);
    if (entry === null || entry.record.version !== version) return false;
    await this.#sessions.write({ ...entry, record: { ...entry.record, expiresAt, header } }, now);
    return true;
  }
}
