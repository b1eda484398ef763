/**
 * Session security for Express.
 *
 * @example
 * ```ts
 * import { session } from "holdfast";
 * app.use(session({ secret: process.env.SESSION_SECRET }));
 * ```
 *
 * @module
 */
import { errorTable, HoldfastError } from "./errors.ts";
import { session as create } from "./express/session.ts";
import { MemoryStore } from "./store/memory.ts";
import { SqliteStore } from "./store/sqlite.ts";
import "./express/augment.ts";

/** {@link session} with the rest of the package attached, as `require("holdfast")` returns it. */
export const session: typeof create & {
  session: typeof create;
  default: typeof create;
  MemoryStore: typeof MemoryStore;
  SqliteStore: typeof SqliteStore;
  HoldfastError: typeof HoldfastError;
  errorTable: typeof errorTable;
} = Object.assign(create, {
  session: create,
  default: create,
  MemoryStore,
  SqliteStore,
  HoldfastError,
  errorTable,
});

export default session;

export type { Clock } from "./clock.ts";
export type { CookieOptions } from "./cookie/options.ts";
export type { Exempt } from "./cross-site/exempt.ts";
export type { CrossOriginRules } from "./cross-site/options.ts";
export type { Random } from "./crypto/random.ts";
export type { DeviceBoundLevel, DeviceBoundOptions } from "./dbsc/settings.ts";
export type { Duration } from "./duration.ts";
export type { HoldfastErrorCode } from "./errors.ts";
export type { ClientAddress } from "./express/client-address.ts";
export type { ClosableSocket } from "./express/close-socket.ts";
export type {
  BrokenRule,
  EffectivePolicy,
  PolicyDuration,
  StandardVerdict,
} from "./express/effective-policy.ts";
export type { ForgedLimit } from "./express/forged.ts";
export type { Next } from "./express/next.ts";
export type { OnRisk } from "./express/on-risk.ts";
export type { OnStoreError, StoreErrorVerdict } from "./express/on-store-error.ts";
export type { SessionOptions } from "./express/options.ts";
export type { OverloadOptions } from "./express/overload.ts";
export type { Sessions } from "./express/sessions.ts";
export type { SocketOptions } from "./express/socket-options.ts";
export type { SocketSession } from "./express/socket-session.ts";
export type { UpgradeOptions } from "./express/upgrade.ts";
export type { KeyProvider } from "./keys/provider.ts";
export type { KeySummary, KeyUsage } from "./keys/report.ts";
export type { KeyState } from "./keys/schedule.ts";
export type { CookieSessionMigration, IronSessionMigration } from "./migrate/cookie-options.ts";
export type { ExpressSessionMigration, MigrateOptions } from "./migrate/options.ts";
export type { MigrationReport } from "./migrate/report.ts";
export type { ClientChange, ClientTraits } from "./session/client/compare.ts";
export type { ClientFamilies } from "./session/client/describe.ts";
export type { ClientRisk, RiskVerdict } from "./session/client/risk.ts";
export type {
  SessionEvent,
  SessionEventListener,
  SessionEventName,
  SessionEvents,
} from "./session/events.ts";
export type { LogoutFlaw } from "./session/federation/logout-flaw.ts";
export type { IdTokenClaims, ProviderLogout, ProviderSession } from "./session/federation/provider.ts";
export type { Identify } from "./session/identity.ts";
export type { Keys } from "./session/key-operations.ts";
export type { LegacyRefusal } from "./session/legacy.ts";
export type {
  DeviceBinding,
  ElevateOptions,
  ImpersonationOptions,
  PendingStep,
  PendingSteps,
  Session,
  SessionCookieView,
  SessionData,
  SessionTimes,
  SignInOptions,
} from "./session/object/types.ts";
export type { CircuitState } from "./session/outage/circuit.ts";
export type { SessionsHealth } from "./session/outage/health.ts";
export type { OverloadReason } from "./session/outage/load.ts";
export type { PolicyOptions } from "./session/policy.ts";
export type { ProfileName } from "./session/profiles.ts";
export type { Client } from "./session/record/header.ts";
export type {
  ListAllOptions,
  ListedSession,
  ListedSessions,
  SessionSummary,
} from "./session/users.ts";
export type { SocketEnd } from "./session/watching/watched-session.ts";
export { errorTable, HoldfastError, MemoryStore, session as "module.exports" };
