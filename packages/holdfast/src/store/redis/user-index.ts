import { GENERATION_MS } from "../bounds.ts";
import type { Handle, IndexedUser } from "../contract.ts";
import type { Commands, ScriptKeys } from "./commands.ts";
import type { Keys } from "./keys.ts";
import { CONFIRM, EXTEND, LOOK, MOVE_GENERATION, RESERVE } from "./scripts.ts";

/** How long a place is kept for a session that is about to be added: far longer than that takes. */
const PLACE_MS = 30_000;

const PAGE = 1_000;

/** What a user's index says. */
export interface IndexView {
  /** The generation is another one than was seen. */
  readonly moved: boolean;
  /** Handles; one with a plus sign is a session about to be added. */
  readonly members: readonly string[];
}

/**
 * Which sessions each user has. It may lie in another slot than they do, so it is changed in another step: entered
 * before a session depends on it, removed after the session has gone. What it names may be gone, what it does not name
 * is not there.
 */
export class UserIndex {
  readonly #commands: Commands;
  readonly #keys: Keys;

  constructor(commands: Commands, keys: Keys) {
    this.#commands = commands;
    this.#keys = keys;
  }

  async generation(user: IndexedUser): Promise<number> {
    const own = this.#keys.generation(user);
    const replies = await this.#commands.read(own, "MGET", own, this.#keys.groupGeneration(user));
    return Math.max(...[replies].flat().map(Number));
  }

  async moveGeneration(user: IndexedUser): Promise<void> {
    await this.#commands.run(MOVE_GENERATION, this.#of(user), String(GENERATION_MS));
  }

  async moveAllGenerations(): Promise<void> {
    const all = [...this.#keys.groupGenerations()];
    await Promise.all(
      all.map((key) => this.#commands.run(MOVE_GENERATION, [key, key], String(GENERATION_MS))),
    );
  }

  async look(user: IndexedUser, generation: number | undefined): Promise<IndexView> {
    const [moved, members] = arrayOf(await this.#commands.run(LOOK, this.#of(user), seen(generation)));
    return { moved: moved === 1, members: arrayOf(members).map(String) };
  }

  /** Keeps a place for a session, if the index is still as it was. */
  async reserve(
    user: IndexedUser,
    handle: Handle,
    generation: number | undefined,
    { members }: IndexView,
    remove: readonly string[],
  ): Promise<"reserved" | "changed" | "revoked"> {
    const args = [seen(generation), members.join(" "), handle, String(PLACE_MS), ...remove];
    const reply = await this.#commands.run(RESERVE, this.#of(user), ...args);
    return reply === 1 ? "reserved" : reply === 0 ? "changed" : "revoked";
  }

  /** Enters a session that has been added. `"displaced"`: it had a place, which has been given to others. */
  async confirm(
    user: IndexedUser,
    handle: Handle,
    generation: number | undefined,
    ms: number,
    hadPlace: boolean,
  ): Promise<"confirmed" | "displaced" | "revoked"> {
    const args = [seen(generation), handle, String(ms), hadPlace ? "1" : ""];
    const reply = await this.#commands.run(CONFIRM, this.#of(user), ...args);
    return reply === 1 ? "confirmed" : reply === 0 ? "displaced" : "revoked";
  }

  /** Makes sure that the index names a session for so long. */
  async extend(user: IndexedUser, handle: Handle, ms: number): Promise<void> {
    await this.#commands.run(EXTEND, this.#of(user), handle, String(ms));
  }

  /** All handles of a user's sessions, page by page; with `places` also those about to be added, with a plus sign. */
  async *handles(user: IndexedUser): AsyncIterable<readonly string[]> {
    const index = this.#keys.userIndex(user);
    let cursor = "0";
    do {
      const reply = await this.#commands.read(index, "ZSCAN", index, cursor, "COUNT", String(PAGE));
      const [next, found] = arrayOf(reply);
      cursor = String(next);
      yield arrayOf(found)
        .filter((_, at) => at % 2 === 0)
        .map(String);
    } while (cursor !== "0");
  }

  /** Forgets sessions that are gone. */
  async forget(user: IndexedUser, members: readonly string[]): Promise<void> {
    const index = this.#keys.userIndex(user);
    for (let at = 0; at < members.length; at += PAGE) {
      await this.#commands.write(index, "ZREM", index, ...members.slice(at, at + PAGE));
    }
  }

  #of(user: IndexedUser): ScriptKeys {
    return [this.#keys.generation(user), this.#keys.groupGeneration(user), this.#keys.userIndex(user)];
  }
}

/** The handle of a member, be it there or about to be. */
export function handleOf(member: string): Handle {
  return member.startsWith("+") ? member.slice(1) : member;
}

function seen(generation: number | undefined): string {
  return generation === undefined ? "" : String(generation);
}

/** A reply that is a list. */
export function arrayOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}
