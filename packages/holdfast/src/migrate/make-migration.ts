/**
 * From the option `migrate` to what takes sessions over.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { CookieSettings } from "../cookie/settings.ts";
import type { Reporter } from "../session/events.ts";
import type { Deadlines } from "../session/outage/deadlines.ts";
import { Gate } from "../session/outage/gate.ts";
import { StoreCalls } from "../session/record/store-calls.ts";
import type { Store } from "../store/contract.ts";
import { refused } from "./common-options.ts";
import { cookieSessionSettings, ironSessionSettings } from "./cookie-options.ts";
import { cookieSessionSource } from "./cookie-session.ts";
import { expressSessionSource } from "./express-session.ts";
import { ironSessionSource } from "./iron-session.ts";
import type { LegacySource } from "./legacy-source.ts";
import { Migration } from "./migration.ts";
import { checkMigrate, type MigrateOptions } from "./options.ts";
import { checkStoreCanMigrate } from "./store-can.ts";

/** What the deployment has already. */
export interface MigrationParts {
  readonly store: Store<unknown>;
  readonly calls: StoreCalls;
  readonly deadlines: Deadlines;
  /** How many operations may wait for a store. */
  readonly inFlight: number;
  readonly source: symbol;
  readonly cookieSettings: CookieSettings;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly warn: (topic: string, message: string) => void;
}

/**
 * `undefined` where nothing is to be taken over, or no more.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_STORE_CANNOT`
 */
export function makeMigration(
  given: MigrateOptions | undefined,
  parts: MigrationParts,
): Migration | undefined {
  if (given === undefined) return undefined;
  const { store, calls, deadlines, inFlight, clock, reporter, warn } = parts;
  const settings = checkMigrate(given);
  checkStoreCanMigrate(store.capabilities, settings);
  const source = sourceOf(given, settings.secrets, deadlines);
  mustDiffer(source, parts.cookieSettings);
  if (clock.now() >= settings.until) {
    warn(
      "migrate",
      "`migrate.until` has passed: legacy cookies are not looked at any more. Leave `migrate` out.",
    );
    return undefined;
  }
  // Troubles of its own: while the legacy store is out, sessions that have moved go on.
  const limits = { inFlight, loopIsLate: () => false };
  const gate = new Gate(limits, { now: () => clock.now(), reporter, breaks: true });
  const legacy = new StoreCalls(store, gate, deadlines, parts.source);
  return new Migration({ source, settings, store: calls, legacy, clock });
}

function sourceOf(given: MigrateOptions, secrets: readonly string[], deadlines: Deadlines): LegacySource {
  switch (given.from) {
    case "express-session": {
      const { name = "connect.sid", store } = given;
      return expressSessionSource({ name, secrets, store, deadlines });
    }
    case "cookie-session":
      return cookieSessionSource(cookieSessionSettings(given));
    case "iron-session":
      return ironSessionSource(ironSessionSettings(given));
  }
}

function mustDiffer({ cookieNames }: LegacySource, { secureName, plainName, http }: CookieSettings): void {
  const own = http === "never" ? [secureName] : [secureName, plainName];
  const shared = cookieNames.find((name) => own.includes(name));
  if (shared === undefined) return;
  throw refused(
    `The legacy cookie and the new one have the same name, \`${shared}\`. Give \`name\` another value, such as "sid".`,
  );
}
