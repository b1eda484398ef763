/**
 * Taking over the sessions of other software while it runs: each moves at its first request here, once, and leaves a
 * tombstone that says where it is.
 *
 * @module
 */
import type { Awaitable } from "../awaitable.ts";
import type { Clock } from "../clock.ts";
import { HoldfastError } from "../errors.ts";
import type { Reporter } from "../session/events.ts";
import type { Identify } from "../session/identity.ts";
import type { LegacyArrival, LegacyLink, LegacySide } from "../session/legacy.ts";
import type { RecordHeader } from "../session/record/header.ts";
import type { Live } from "../session/record/live.ts";
import type { Locked } from "../session/record/locked.ts";
import type { StoreCalls } from "../session/record/store-calls.ts";
import type { VisitState } from "../session/visit/state.ts";
import { Arrival, type Flights } from "./arrival.ts";
import { dataFrom } from "./legacy-data.ts";
import { clearingHeaders, type NamedHeader } from "./legacy-scope.ts";
import type { LegacyCredential, LegacySource } from "./legacy-source.ts";
import type { MoveTools } from "./move.ts";
import type { MigrationSettings } from "./options.ts";
import { Refusals } from "./refusals.ts";
import { SharedValues } from "./shared-values.ts";
import { shutTombstone } from "./shut.ts";
import { tombstoneName } from "./tombstone.ts";

/** What a migration works with. */
export interface MigrationTools {
  readonly source: LegacySource;
  readonly settings: MigrationSettings;
  /** Asks our store. */
  readonly store: StoreCalls;
  /** Asks the legacy store: the same bounds, and troubles of its own. */
  readonly legacy: StoreCalls;
  readonly clock: Clock;
}

export class Migration implements LegacySide {
  readonly source: LegacySource;
  readonly keeps: boolean;
  /** True while the legacy record and cookie of a session that has moved stay. */
  readonly keepLegacy: boolean;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly #values: SharedValues;
  readonly #legacy: StoreCalls;
  readonly #clock: Clock;
  readonly #refusals: Refusals;
  readonly #tools: MoveTools;
  readonly #flights: Flights = new Map();

  constructor({ source, settings, store, legacy, clock }: MigrationTools) {
    const { until, keepLegacy, secrets } = settings;
    this.source = source;
    const { isShared = false } = source;
    this.keeps = keepLegacy || isShared;
    this.keepLegacy = keepLegacy;
    this.until = until;
    this.#legacy = legacy;
    this.#clock = clock;
    const values = new SharedValues(store, clock, until);
    this.#values = values;
    this.#refusals = new Refusals(values, [source.from, ...source.cookieNames], secrets);
    this.#tools = {
      from: source.from,
      keepLegacy,
      isShared,
      values,
      refusals: this.#refusals,
      load: (credential, visit) => this.#load(credential, visit),
      end: (id, visit) => this.#end(id, visit),
    };
  }

  // ——— the request ———

  /** The genuine credentials in a `Cookie` header; empty if there are others only, `undefined` if there are none. */
  find(header: string | undefined): readonly LegacyCredential[] | undefined {
    const found = this.source.find(header);
    return found === undefined || this.#isOver ? undefined : found;
  }

  arrivalOf(credentials: readonly LegacyCredential[]): LegacyArrival {
    return new Arrival(credentials, this.source, this.#tools, this.#flights);
  }

  settle(visit: VisitState, found: Live | Locked | null): Awaitable<Live | Locked | null> {
    if (found === null) return visit.facts.legacy?.take(visit) ?? null;
    const { legacy: link } = found.header;
    if (link?.id === undefined || !this.keepLegacy || this.#isOver) return found;
    return this.#onBothSides(visit, found, link, link.id);
  }

  async #onBothSides(
    visit: VisitState,
    found: Live | Locked,
    link: LegacyLink,
    id: string,
  ): Promise<Live | Locked | null> {
    const { header, credential } = found;
    const { active } = visit.facts;
    const side = await this.#otherSide(id, header.user, active, visit.core.policy.identify, visit);
    if (side === "there") {
      visit.legacyCookie = { link, over: false };
      return found;
    }
    const { records, clock, credentials } = visit.core;
    const { legacy } = visit.facts;
    const { handle } = credential;
    credentials.forget(credential);
    visit.cookie = "clear";
    visit.legacyCookie = { link, over: true };
    // Before it ends: a tombstone that points to nothing would be taken for a session that was signed out.
    const anew = side === "another's" ? await legacy?.take(visit, handle) : undefined;
    if (await records.remove(handle, clock.now(), visit)) {
      visit.report("session_revoked", { count: 1, reason: "legacy_ended" }, { handle, user: header.user });
    }
    return (side === "another's" ? anew : await legacy?.take(visit)) ?? null;
  }

  async isThere(
    { legacy, user }: RecordHeader,
    active: boolean,
    identify: Identify,
    reporter: Reporter,
  ): Promise<boolean> {
    const id = legacy?.id;
    if (id === undefined || !this.keepLegacy || this.#isOver) return true;
    return (await this.#otherSide(id, user, active, identify, reporter)) === "there";
  }

  /** `Set-Cookie` headers for the legacy cookies of a reply; none if they stay. */
  clearing({ legacyCookie, cookie, live }: VisitState, secure: boolean): readonly NamedHeader[] {
    if (legacyCookie === undefined) return NONE;
    const { over, link } = legacyCookie;
    const stays =
      cookie === null || (cookie !== "clear" && this.keepLegacy && live?.header.legacy?.id !== undefined);
    return !over && stays ? NONE : clearingHeaders(this.source.cookieNames, link, secure);
  }

  // ——— from outside ———

  end({ id }: LegacyLink, reporter: Reporter): Promise<void> {
    if (id === undefined || this.#isOver) return Promise.resolve();
    return this.source.isShared === true ? this.#shut(id, reporter) : this.#end(id, reporter);
  }

  async endAll(reporter: Reporter): Promise<void> {
    const { server } = this.source;
    if (!this.keepLegacy || server === undefined || this.#isOver) return;
    const { endAll } = server;
    if (endAll === undefined) {
      throw new HoldfastError(
        "ERR_HOLDFAST_STORE_CANNOT",
        "All sessions were ended here, but the legacy store has no clear(): those that are kept there as well must be " +
          "ended by the legacy app.",
      );
    }
    await this.#legacy.ask("legacy_clear", reporter, () => endAll());
  }

  async refuse(user: string | null, reporter: Reporter): Promise<void> {
    if (!this.#isOver) await this.#refusals.refuse(user, reporter);
  }

  /** How many sessions the legacy store has; `undefined` if it cannot say. */
  async remaining(reporter: Reporter): Promise<number | undefined> {
    const count = this.source.server?.count;
    return count && this.#legacy.ask("legacy_count", reporter, () => count());
  }

  // ——— the legacy store ———

  get #isOver(): boolean {
    return this.#clock.now() >= this.until;
  }

  async #load(credential: LegacyCredential, reporter: Reporter): ReturnType<MoveTools["load"]> {
    return this.#legacy.ask("legacy_read", reporter, () => credential.load(this.#clock.now()));
  }

  async #end(id: string, reporter: Reporter): Promise<void> {
    const { server } = this.source;
    if (server !== undefined) await this.#legacy.ask("legacy_end", reporter, () => server.end(id));
  }

  // Whoever else has the same credential, and has not come yet, stays outside.
  #shut(id: string, reporter: Reporter): Promise<void> {
    const { from, cookieNames } = this.source;
    return shutTombstone(tombstoneName(from, cookieNames.join(), id), this.#values, reporter);
  }

  /** Whether the legacy software still has the session, and whose it is there. */
  async #otherSide(
    id: string,
    user: string | null,
    active: boolean,
    identify: Identify,
    reporter: Reporter,
  ): Promise<OtherSide> {
    const { server } = this.source;
    if (server === undefined) return "there";
    const now = this.#clock.now();
    const session = await this.#legacy.ask("legacy_read", reporter, () =>
      active ? server.readInUse(id, now) : server.read(id, now),
    );
    if (session === null) return "gone";
    const data = dataFrom(session.data, identify, Number.POSITIVE_INFINITY);
    if (typeof data === "string") return "gone";
    return data.user === user ? "there" : "another's";
  }
}

/** What has become of a session in the legacy software. */
type OtherSide = "there" | "another's" | "gone";

const NONE: readonly NamedHeader[] = [];
