import { HoldfastError } from "../../errors.ts";
import type { Handle, IndexedUser } from "../contract.ts";
import { isEnded, labelOf, nameOf, readSession, readToken, type SessionEntry } from "./entries.ts";
import { stands, type TokenOf } from "./revocations.ts";

/** What a database holds of ours, as its store's `all()` has it. Whatever else is there is passed over. */
export class Snapshot {
  readonly #sessions: SessionEntry[] = [];
  readonly #ended = new Set<Handle>();
  readonly #tokens = new Map<string, number>();
  /** The number of a revocation. */
  readonly tokenOf: TokenOf = (name) => this.#tokens.get(name) ?? 0;

  /** @param all - a list of session objects, or an object of them by name */
  constructor(all: unknown) {
    if (all === null || all === undefined) return;
    if (typeof all !== "object") {
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_UNAVAILABLE",
        "all() of the store for express-session gave no sessions.",
      );
    }
    if (Array.isArray(all)) for (const value of all) this.#add(value, idOf(value));
    else for (const [id, value] of Object.entries(all)) this.#add(value, id);
  }

  /**
   * The handles of all records that say they are one of these users': what else is said of them may be a stranger's word,
   * for not every all() tells under which name it has found something.
   */
  handlesOf(users: readonly IndexedUser[]): Handle[] {
    const theirs = this.#sessions.filter(({ record: { user } }) => user !== null && users.includes(user));
    return [...new Set(theirs.map(({ handle }) => handle))];
  }

  /** What has not been ended by itself, expired and revoked ones too. */
  get sessions(): SessionEntry[] {
    return this.#sessions.filter(({ handle }) => !this.#ended.has(handle));
  }

  /** What is live now. */
  live(now: number, tokenOf: TokenOf = this.tokenOf): SessionEntry[] {
    return this.sessions.filter((entry) => entry.record.expiresAt > now && stands(entry, tokenOf, now));
  }

  #add(value: unknown, id: string | undefined): void {
    const label = labelOf(value);
    if (label === null) return;
    const { kind, name } = label;
    if (kind !== "session" && kind !== "ended" && kind !== "revoked") return;
    // An app may let its users write into their sessions of express-session: what counts is where it was found.
    if (id !== undefined && id !== nameOf(kind, name)) return;
    if (kind === "session") {
      const entry = readSession(name, value);
      if (entry !== null) this.#sessions.push(entry);
    } else if (kind === "ended") {
      if (isEnded(name, value)) this.#ended.add(name);
    } else {
      this.#tokens.set(name, readToken(kind, name, value));
    }
  }
}

function idOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const id: unknown = Reflect.get(value, "id");
  return typeof id === "string" ? id : undefined;
}
