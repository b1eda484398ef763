/**
 * The cookie store as one request sees it: it reads the session that the request brings, and notes what the reply must
 * give back.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import { HoldfastError } from "../../errors.ts";
import type { Handle, IndexedUser, StoredRecord, Touch } from "../contract.ts";
import { ClientHeld } from "./client-held.ts";
import { type Denial, ends, everybody, sessionName, userName } from "./deny-list.ts";
import type { CarriedRecord, Jar, Marks, RecordSeal } from "./parts.ts";

/** Stands for what came and could not be opened: no header is empty. */
const UNREADABLE: StoredRecord = {
  version: 1,
  expiresAt: Number.POSITIVE_INFINITY,
  user: null,
  keyId: "",
  header: Buffer.alloc(0),
  body: Buffer.alloc(0),
};

export class CarriedStore extends ClientHeld {
  readonly #seal: RecordSeal;
  readonly #jar: Jar;
  /** As it now is; `null`: not there, or not any more. */
  readonly #held = new Map<Handle, CarriedRecord | null>();
  readonly #deleted = new Set<Handle>();
  /**
   * What was in force when this request first asked. A session that it begins names that, however late: a revocation since
   * then counts for it.
   */
  readonly #marks = new Map<IndexedUser, string>();

  constructor({ capabilities, denyList, longestLife }: ClientHeld, seal: RecordSeal, jar: Jar) {
    super(capabilities, denyList, longestLife);
    this.#seal = seal;
    this.#jar = jar;
  }

  override read(handle: Handle, now: number): Awaitable<StoredRecord | null> {
    const found = this.#find(handle);
    if (found === null) return this.#jar.texts.length > 0 && !this.#deleted.has(handle) ? UNREADABLE : null;
    const { record, marks } = found;
    if (now >= record.expiresAt) return null;
    if (this.denyList === undefined) return record;
    const user = record.user === null ? undefined : userName(record.user);
    const own = sessionName(handle);
    const names = user === undefined ? [own, everybody] : [own, user, everybody];
    return chain(this.#look(names, now), (denials) => {
      if (denials.has(own)) return null;
      const isOver = (name: IndexedUser, seen: string): boolean => {
        const denial = denials.get(name);
        return denial !== undefined && ends(denial, handle, seen);
      };
      if (isOver(everybody, marks.all) || (user !== undefined && isOver(user, marks.user))) return null;
      return record;
    });
  }

  override create(handle: Handle, record: StoredRecord, now: number): Awaitable<"created" | "exists"> {
    this.#mustReachClient();
    if (this.#held.get(handle)) return "exists";
    return chain(this.#marksFor(record.user, now), (marks) => {
      this.#put(handle, { ...record, version: 1 }, marks);
      return "created";
    });
  }

  override update(handle: Handle, expectedVersion: number, record: StoredRecord, now: number): boolean {
    const found = this.#find(handle);
    if (found === null || now >= found.record.expiresAt || found.record.version !== expectedVersion) {
      return false;
    }
    this.#mustReachClient();
    this.#put(handle, { ...record, version: expectedVersion + 1 }, found.marks);
    return true;
  }

  override touch(touches: readonly Touch[], now: number): Handle[] {
    if (this.#jar.closed) return [];
    const recorded: Handle[] = [];
    for (const { handle, version, expiresAt, header } of touches) {
      const found = this.#find(handle);
      if (found === null || now >= found.record.expiresAt || found.record.version !== version) continue;
      this.#put(handle, { ...found.record, expiresAt, header }, found.marks);
      recorded.push(handle);
    }
    return recorded;
  }

  /** With a deny list, true for one caller alone. */
  override delete(handle: Handle, now: number): Awaitable<boolean> {
    const found = this.#find(handle);
    if (found === null) return false;
    // Without a deny list the cookie is all there is to delete.
    if (this.denyList === undefined) this.#mustReachClient();
    const wasLive = now < found.record.expiresAt;
    const ended = wasLive
      ? (this.denyList?.denySession(handle, this.#seal.endOf(found.record), now) ?? true)
      : false;
    return chain(ended, (isMine) => {
      this.#held.set(handle, null);
      this.#deleted.add(handle);
      this.#jar.clear();
      return isMine;
    });
  }

  /** Takes note of what is in force for the user; a session that begins is measured against it, so no number need tell. */
  override userGeneration(user: IndexedUser): Awaitable<number> {
    if (this.denyList === undefined) return 0;
    // What has expired may be named as well: it denies nobody.
    return chain(this.#look([userName(user), everybody], 0), () => 0);
  }

  /** Gives the client again what it has. */
  resend(handle: Handle): void {
    const found = this.#find(handle);
    if (found !== null && !this.#jar.closed) this.#put(handle, found.record, found.marks);
  }

  /** Lets the reply delete what came and belongs to no session of this request. */
  sweep(): void {
    const asked = this.#held.size > 0 && [...this.#held.values()].every((found) => found === null);
    if (asked && this.#deleted.size === 0 && this.#jar.texts.length > 0) this.#jar.clear();
  }

  #find(handle: Handle): CarriedRecord | null {
    const known = this.#held.get(handle);
    if (known !== undefined) return known;
    let latest: CarriedRecord | null = null;
    for (const text of this.#jar.texts) {
      const found = this.#seal.open(handle, text);
      if (found !== null && (latest === null || isLater(found, latest))) latest = found;
    }
    this.#held.set(handle, latest);
    return latest;
  }

  #put(handle: Handle, record: StoredRecord, marks: Marks): void {
    this.#jar.put(this.#seal.seal(handle, record, marks));
    this.#held.set(handle, { record, marks });
  }

  #marksFor(user: IndexedUser | null, now: number): Awaitable<Marks> {
    if (this.denyList === undefined) return NO_MARKS;
    const names = user === null ? [everybody] : [userName(user), everybody];
    const known = names.every((name) => this.#marks.has(name));
    return chain(known ? undefined : this.#look(names, now), () => ({
      user: user === null ? "" : (this.#marks.get(userName(user)) ?? ""),
      all: this.#marks.get(everybody) ?? "",
    }));
  }

  #look(names: readonly IndexedUser[], now: number): Awaitable<ReadonlyMap<IndexedUser, Denial>> {
    return chain(this.denying().look(names, now), (denials) => {
      for (const name of names) {
        if (!this.#marks.has(name)) this.#marks.set(name, denials.get(name)?.mark ?? "");
      }
      return denials;
    });
  }

  /** @throws {HoldfastError} `ERR_HOLDFAST_HEADERS_SENT` */
  #mustReachClient(): void {
    if (!this.#jar.closed) return;
    throw new HoldfastError(
      "ERR_HOLDFAST_HEADERS_SENT",
      "The session is in the client's cookie, which cannot be changed any more: the reply's headers have been sent. " +
        "Change it before writing the reply.",
    );
  }
}

const NO_MARKS: Marks = { user: "", all: "" };

/** Of two states of a session that the client has both. */
function isLater({ record: a }: CarriedRecord, { record: b }: CarriedRecord): boolean {
  return a.version === b.version ? a.expiresAt > b.expiresAt : a.version > b.version;
}
