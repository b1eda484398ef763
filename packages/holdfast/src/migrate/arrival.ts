/**
 * The legacy credentials of one request, on their way to a session.
 *
 * @module
 */
import type { LegacyArrival, LegacyRefusal } from "../session/legacy.ts";
import type { Live } from "../session/record/live.ts";
import { Locked } from "../session/record/locked.ts";
import { isCurrent } from "../session/record/secrets.ts";
import { findLive } from "../session/visit/find-live.ts";
import type { VisitState } from "../session/visit/state.ts";
import type { LegacyCredential, LegacySource } from "./legacy-source.ts";
import { type MoveTools, move, movedTo } from "./move.ts";
import { type Tombstone, tombstoneName } from "./tombstone.ts";

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

  async take(visit: VisitState): Promise<Live | Locked | null> {
    const credential = await this.#chosen(visit);
    if (credential === undefined) return null;
    const outcome = await this.#whereTo(credential, visit);
    if (outcome === null) return null;
    if (typeof outcome === "string") {
      if (outcome === "moved" || outcome === "revoked") this.#isOver(visit, this.#source);
      visit.report("legacy_session_refused", { reason: outcome });
      return null;
    }
    return this.#enter(credential, outcome, visit);
  }

  /** Of several cookies the one that is alive; none if more than one is, for nobody can tell which is meant. */
  async #chosen(visit: VisitState): Promise<LegacyCredential | undefined> {
    const [first, ...others] = this.#credentials;
    if (others.length === 0) return first;
    const alive: LegacyCredential[] = [];
    for (const credential of this.#credentials) {
      const hasMoved = (await movedTo(this.#nameOf(credential), this.#tools, visit)) !== undefined;
      if (hasMoved || (await this.#tools.load(credential, visit)) !== null) alive.push(credential);
    }
    if (alive.length > 1) visit.report("legacy_session_refused", { reason: "duplicate" });
    return alive.length === 1 ? alive[0] : undefined;
  }

  /** One move of a session at a time: whoever comes meanwhile shares its outcome. */
  #whereTo(credential: LegacyCredential, visit: VisitState): Promise<Outcome> {
    const name = this.#nameOf(credential);
    const underWay = this.#flights.get(name);
    if (underWay !== undefined) return underWay;
    const flight = this.#settled(credential, name, visit).finally(() => this.#flights.delete(name));
    this.#flights.set(name, flight);
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

  async #enter({ id }: LegacyCredential, at: Tombstone, visit: VisitState): Promise<Live | Locked | null> {
    const { handle, keyId, scope } = at;
    const credential = visit.core.credentials.ofLegacy(id, handle, keyId);
    const found = credential && (await findLive(visit.core, [credential], visit.facts.arrivedAt, visit));
    if (found === undefined || found === null) {
      if (this.#tools.keepLegacy) await this.#tools.end(id, visit);
      this.#isOver(visit, { scope });
      visit.report("legacy_session_refused", { reason: "moved" }, { handle });
      return null;
    }
    // Whose new cookie is in use needs no other, and the old one no longer.
    const isFirst = found instanceof Locked || isCurrent(found.header, found.credential);
    visit.legacyCookie = { link: found.header.legacy ?? scope, over: !isFirst };
    if (isFirst) visit.cameOver = handle;
    return found;
  }

  #isOver(visit: VisitState, { scope }: { readonly scope: LegacySource["scope"] }): void {
    visit.legacyCookie = { link: scope, over: true };
  }

  #nameOf({ id }: LegacyCredential): string {
    return tombstoneName(this.#source.from, this.#source.cookieNames.join(), id);
  }
}
