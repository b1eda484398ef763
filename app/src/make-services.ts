/**
 * Makes what the routes work with, from the configuration.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { type Clock, HoldfastError, MemoryStore, type Sessions, session } from "holdfast";
import { SqliteStore } from "holdfast/store/sqlite";
import type Database from "libsql";
import { LoginThrottle } from "./accounts/login-throttle.ts";
import { Passwords } from "./accounts/passwords.ts";
import { Throttle } from "./accounts/throttle.ts";
import { Users } from "./accounts/users.ts";
import { type Config, ConfigError } from "./config.ts";
import { closeDatabase, openDatabase } from "./database.ts";
import { createLog, type Log } from "./log.ts";
import { logSessionEvents } from "./log-session-events.ts";
import { EventFeed } from "./operator/event-feed.ts";
import { Operators } from "./operator/operators.ts";
import { OPERATOR_EVENTS_PATH } from "./routes/operator-events.ts";
import { SESSION_STATUS_PATH } from "./routes/session-api.ts";
import type { Services } from "./services.ts";

const MINUTE = 60_000;

export interface ServiceOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: standard error, from `config.logLevel` on. */
  readonly log?: Log;
  /** Default: at full cost. */
  readonly passwords?: Passwords;
}

/** @throws {@link ConfigError} */
export function makeServices(
  config: Config,
  {
    clock = { now: Date.now },
    log = createLog(config.logLevel),
    passwords = new Passwords(),
  }: ServiceOptions,
): { services: Services; close: () => Promise<void> } {
  const database = open(config);
  const sessions = startSessions(config, database, clock, log);
  logSessionEvents(sessions, log);
  const services: Services = {
    clock,
    log,
    sessions,
    events: new EventFeed(sessions),
    operators: new Operators(config.operators),
    users: new Users(database),
    passwords,
    loginThrottle: new LoginThrottle(clock),
    signupThrottle: new Throttle({ limit: 60, windowMs: 10 * MINUTE }, clock),
    passwordThrottle: new Throttle({ limit: 5, windowMs: 5 * MINUTE }, clock),
  };
  warnOfMissingOperators(config.operators, services);
  const close = async (): Promise<void> => {
    await sessions.close();
    closeDatabase(database);
  };
  return { services, close };
}

function open({ store }: Config): Database.Database {
  const file = store.kind === "sqlite" ? store.file : ":memory:";
  try {
    return openDatabase(file);
  } catch (error) {
    throw unusable(file, error);
  }
}

function startSessions(config: Config, database: Database.Database, clock: Clock, log: Log): Sessions {
  const file = config.store.kind === "sqlite" ? config.store.file : undefined;
  try {
    return session({
      ...(config.secret !== undefined && { secret: config.secret }),
      store: file === undefined ? new MemoryStore() : new SqliteStore(database),
      idle: config.idleMs,
      absolute: config.absoluteMs,
      clearSiteData: true,
      isActivity: (req) => !isAskedByPages(req),
      onWarning: (message) => log.warn(message),
      clock,
    });
  } catch (error) {
    database.close();
    if (!(error instanceof HoldfastError)) throw error;
    if (/^ERR_HOLDFAST_(?:SECRET|KEY_FILE)/.test(error.code)) {
      throw new ConfigError("SESSION_SECRET", error.message, { cause: error });
    }
    if (file !== undefined && /^ERR_HOLDFAST_(?:STORE|SQLITE)/.test(error.code)) throw unusable(file, error);
    throw error;
  }
}

/** Pages ask these by themselves, again and again: that is nobody's activity. */
const ASKED_BY_PAGES: ReadonlySet<string | undefined> = new Set([SESSION_STATUS_PATH, OPERATOR_EVENTS_PATH]);

function isAskedByPages(req: IncomingMessage): boolean {
  return req.method === "GET" && ASKED_BY_PAGES.has(req.url?.split("?", 1)[0]);
}

/** A name without an account is anybody's who signs up first. */
function warnOfMissingOperators(names: readonly string[], { users, log }: Services): void {
  for (const operator of names) {
    if (users.findByName(operator)) continue;
    log.warn("OPERATORS names a user without an account: whoever signs up under that name is an operator", {
      operator,
    });
  }
}

function unusable(file: string, error: unknown): ConfigError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ConfigError("STORE_URL", `${file} cannot be used as the database: ${reason}`, { cause: error });
}
