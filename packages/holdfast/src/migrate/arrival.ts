/**
 * The legacy credentials of one request, on their way to a session.
 *
 * @module
 */
import type { LegacyArrival, LegacyRefusal } from "../session/legacy.ts";
import { recordedStanding } from "../session/limits.ts";
import type { Credential } from "../session/record/credentials.ts";
import type { Live } from "../session/record/live.ts";
import { Locked } from "../session/record/locked.ts";
import { claimOf, isCurrent } from "../session/record/secrets.ts";
import { findLive } from "../session/visit/find-live.ts";
import type { VisitState } from "../session/visit/state.ts";
import { dataFrom } from "./legacy-data.ts";
import type { LegacyCredential, LegacySource } from "./legacy-source.ts";
import { type MoveTools, move, movedTo } from "./move.ts";
import { decodeTombstone, type Tombstone, tombstoneName } from "./tombstone.ts";

type Outcome = Tombstone | LegacyRefusal | null;

/** The moves that are under way in this process, by the tombstone's name. */
export type Flights = Map<string, Promise<Outcome>>;

export class Arrival implements LegacyArrival {
  readonly #credentials: readonly LegacyCredential[];
  readonly #source: LegacySource;
  readonly #tools: MoveTools;
  readonly #flights: Flights;

  constructor(
    credentials: readonly LegacyCredential[],
    source: LegacySource,
    tools: MoveTools,
    flights: Flights,
  ) {
    this.#credentials = credentials;
    this.#source = source;
    this.#tools = tools;
    this.#flights = flights;
  }

  async take(visit: VisitState, instead?: string): Promise<Live | Locked | null> {
    const credential = await this.#chosen(visit);
    if (credential === undefined) return null;
    const outcome = await this.#whereTo(credential, visit);
    if (outcome === null) return null;
    if (typeof outcome === "string") {
      if (outcome === "moved" || outcome === "revoked") this.#isOver(visit, this.#source);
      visit.report("legacy_session_refused", { reason: outcome });
      return null;
    }
    const found = outcome.handle === instead ? null : await this.#enter(credential, outcome, visit);
    return found ?? this.#enterAnother(credential, outcome, visit, outcome.handle === instead);
  }

  /** Of several cookies the one that is alive; none if more than one is, for nobody can tell which is meant. */
  async #chosen(visit: VisitState): Promise<LegacyCredential | undefined> {
    const [first, ...others] = this.#credentials;
    if (others.length === 0) return first;
    const alive: LegacyCredential[] = [];
    for (const credential of this.#credentials) {
      if (await this.#isAlive(credential, visit)) alive.push(credential);
    }
    if (alive.length > 1) visit.report("legacy_session_refused", { reason: "duplicate" });
    return alive.length === 1 ? alive[0] : undefined;
  }

  async #isAlive(credential: LegacyCredential, visit: VisitState): Promise<boolean> {
    const at = await movedTo(this.#nameOf(credential), this.#tools, visit);
    if (at === undefined) return (await this.#tools.load(credential, visit)) !== null;
    if (at === "moved") return false;
    const { store, clock } = visit.core;
    const record = await store.ask("read", visit, (it) => it.read(at.handle, clock.now(), true));
    return record !== null || this.#tools.isShared;
  }

  /** One move of a session at a time: whoever comes meanwhile shares its outcome. */
  #whereTo(credential: LegacyCredential, visit: VisitState): Promise<Outcome> {
    const name = this.#nameOf(credential);
    return this.#shared(name, () => this.#settled(credential, name, visit));
  }

  async #shared(key: string, run: () => Promise<Outcome>): Promise<Outcome> {
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) {
      const outcome = await underWay;
      return typeof outcome === "object" && outcome?.isPrivate === true ? run() : outcome;
    }
    const flight = run().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #settled(credential: LegacyCredential, name: string, visit: VisitState): Promise<Outcome> {
    const outcome =
      (await movedTo(name, this.#tools, visit)) ?? (await move(visit, credential, name, this.#tools));
    // Before anybody is given its new cookie; and again for whoever comes again with the old one.
    const hasMoved = outcome === "moved" || (outcome !== null && typeof outcome === "object");
    if (hasMoved && !this.#tools.keepLegacy) await this.#tools.end(credential.id, visit);
    return outcome;
  }

  /** The session at `at`, if the client may still open it with its legacy credential. */
  async #enter({ id }: LegacyCredential, at: Tombstone, visit: VisitState): Promise<Live | Locked | null> {
    const { handle, keyId, scope } = at;
    const credential = visit.core.credentials.ofLegacy(id, handle, keyId);
    if (credential === undefined) return null;
    // Where clients cannot be told apart, another one that comes has copied nothing, and ends nothing.
    if (this.#tools.isShared && (await isReplaced(credential, visit))) return null;
    const found = await findLive(visit.core, [credential], visit.facts.arrivedAt, visit);
    if (found === null) return null;
    // Whose new cookie is in use needs no other, and the old one no longer.
    const isFirst = found instanceof Locked || isCurrent(found.header, found.credential);
    if (isFirst || !this.#tools.isShared)
      visit.legacyCookie = { link: found.header.legacy ?? scope, over: !isFirst };
    if (isFirst) visit.cameOver = handle;
    return found;
  }

  /**
   * What a client gets whose legacy session another one has: its own, where nobody can tell them apart.
   *
   * @param anew - the session has another user since it moved
   */
  async #enterAnother(
    credential: LegacyCredential,
    at: Tombstone,
    visit: VisitState,
    anew: boolean,
  ): Promise<Live | Locked | null> {
    const name = this.#nameOf(credential);
    const outcome =
      this.#tools.isShared || anew
        ? await this.#shared(`${name} again`, () => this.#moveAgain(credential, name, at, visit))
        : "moved";
    const found =
      typeof outcome === "object" && outcome !== null ? await this.#enter(credential, outcome, visit) : null;
    if (found !== null || outcome === null) return found;
    const reason = typeof outcome === "string" ? outcome : "moved";
    visit.report("legacy_session_refused", { reason }, { handle: at.handle });
    if (reason !== "moved" && reason !== "revoked") return null;
    if (this.#tools.keepLegacy) {
      if (await this.#goesOn(credential, at, visit)) return null;
      await this.#tools.end(credential.id, visit);
    }
    this.#isOver(visit, at);
    return null;
  }

  /**
   * True if the session lives under another handle, as after a step-up: this client comes late, and ends nothing. Or it may
   * live under a key that this process does not know yet.
   */
  async #goesOn(credential: LegacyCredential, { keyId }: Tombstone, visit: VisitState): Promise<boolean> {
    const { store, records, policy, clock, keys } = visit.core;
    if (!keys.has(keyId)) return true;
    const session = await this.#tools.load(credential, visit);
    const data = session && dataFrom(session.data, policy.identify, Number.POSITIVE_INFINITY);
    if (data === null || typeof data === "string" || data.user === null) return false;
    const names = records.codec.indexNames(data.user);
    const now = clock.now();
    const listed = await store.ask("listUser", visit, (it) => it.listUser(names, now));
    return listed.some(({ handle, record }) => {
      const opened = records.stampedHeaderOf(handle, record);
      if (opened?.header.legacy?.id !== credential.id) return false;
      const found = recordedStanding(opened, now);
      return found === "live" || found === "locked";
    });
  }

  async #moveAgain(
    credential: LegacyCredential,
    name: string,
    at: Tombstone,
    visit: VisitState,
  ): Promise<Outcome> {
    const found = await this.#tools.values.look(name, visit);
    const current = found === null ? undefined : (decodeTombstone(found.value) ?? "moved");
    const isNews = typeof current === "string" || (current !== undefined && current.handle !== at.handle);
    return isNews ? current : move(visit, credential, name, this.#tools, found?.version);
  }

  #isOver(visit: VisitState, { scope }: { readonly scope: LegacySource["scope"] }): void {
    visit.legacyCookie = { link: scope, over: true };
  }

  #nameOf({ id }: LegacyCredential): string {
    return tombstoneName(this.#source.from, this.#source.cookieNames.join(), id);
  }
}

/** True if there is no session of this handle, or its client has presented a later secret than this for a while. */
async function isReplaced(credential: Credential, visit: VisitState): Promise<boolean> {
  const { store, records, clock } = visit.core;
  const { handle } = credential;
  const record = await store.ask("read", visit, (it) => it.read(handle, clock.now(), true));
  const header = record && records.headerOf(handle, record);
  if (!header) return true;
  const claim = claimOf(header, credential, visit.facts.arrivedAt);
  return claim === "replayed" || claim === "outrun";
}
