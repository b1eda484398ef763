/**
 * Makes what the routes work with, from the configuration.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { type Clock, HoldfastError, type Sessions, session } from "holdfast";
import type Database from "libsql";
import { LoginThrottle } from "./accounts/login-throttle.ts";
import { Passwords } from "./accounts/passwords.ts";
import { Throttle } from "./accounts/throttle.ts";
import { Users } from "./accounts/users.ts";
import { type Config, ConfigError } from "./config.ts";
import { closeDatabase, openDatabase } from "./database.ts";
import { localOrigins } from "./http/local-origins.ts";
import { createLog, type Log } from "./log.ts";
import { logSessionEvents } from "./log-session-events.ts";
import type { EventBus } from "./operator/event-bus.ts";
import { EventFeed } from "./operator/event-feed.ts";
import { Operators } from "./operator/operators.ts";
import { OPERATOR_EVENTS_PATH } from "./routes/operator-events.ts";
import { SESSION_STATUS_PATH } from "./routes/session-api.ts";
import type { Services } from "./services.ts";
import { openStore } from "./store/open-store.ts";

const MINUTE = 60_000;

export interface ServiceOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: standard error, from `config.logLevel` on. */
  readonly log?: Log;
  /** Default: at full cost. */
  readonly passwords?: Passwords;
  /** Default: this process is the only one. */
  readonly bus?: EventBus;
  /** The number of this process, where there are several. */
  readonly worker?: number;
}

/** @throws {@link ConfigError} */
export async function makeServices(
  config: Config,
  {
    clock = { now: Date.now },
    log = createLog(config.logLevel),
    passwords = new Passwords(),
    bus,
    worker,
  }: ServiceOptions,
): Promise<{ services: Services; close: () => Promise<void> }> {
  const database = open(config);
  const { sessions, closeSessions } = await startSessions(config, database, clock, log).catch((error) => {
    database.close();
    throw error;
  });
  logSessionEvents(sessions, log);
  const services: Services = {
    clock,
    log,
    worker,
    sessions,
    events: new EventFeed(sessions, bus),
    origins: config.origin === undefined ? localOrigins(config.port) : [config.origin],
    operators: new Operators(config.operators),
    users: new Users(database),
    passwords,
    loginThrottle: new LoginThrottle(database, clock),
    signupThrottle: new Throttle({ name: "signup", limit: 60, windowMs: 10 * MINUTE }, database, clock),
    passwordThrottle: new Throttle({ name: "password", limit: 5, windowMs: 5 * MINUTE }, database, clock),
  };
  const close = async (): Promise<void> => {
    await closeSessions();
    closeDatabase(database);
  };
  return { services, close };
}

function open({ database, store }: Config): Database.Database {
  try {
    return openDatabase(database);
  } catch (error) {
    const variable = store.kind === "sqlite" ? "STORE_URL" : "DATA_DIR";
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(variable, `${database} cannot be used as the database: ${reason}`, {
      cause: error,
    });
  }
}

async function startSessions(
  config: Config,
  database: Database.Database,
  clock: Clock,
  log: Log,
): Promise<{ sessions: Sessions; closeSessions: () => Promise<void> }> {
  const { store, closeClient } = await openStore(config.store, database, log);
  try {
    const sessions = session({
      ...(config.secret !== undefined && { secret: config.secret }),
      origin: config.origin,
      store,
      idle: config.idleMs,
      absolute: config.absoluteMs,
      clearSiteData: true,
      deviceBound: "offer",
      isActivity: (req) => !isAskedByPages(req),
      onWarning: (message) => log.warn(message),
      clock,
    });
    const closeSessions = async (): Promise<void> => {
      await sessions.close();
      await closeClient();
    };
    return { sessions, closeSessions };
  } catch (error) {
    await closeClient();
    if (error instanceof HoldfastError && /^ERR_HOLDFAST_(?:SECRET|KEY_FILE)/.test(error.code)) {
      throw new ConfigError("SESSION_SECRET", error.message, { cause: error });
    }
    throw error;
  }
}

/** Pages ask these by themselves, again and again: that is nobody's activity. */
const ASKED_BY_PAGES: ReadonlySet<string | undefined> = new Set([SESSION_STATUS_PATH, OPERATOR_EVENTS_PATH]);

function isAskedByPages(req: IncomingMessage): boolean {
  return req.method === "GET" && ASKED_BY_PAGES.has(req.url?.split("?", 1)[0]);
}

/** A name without an account is anybody's who signs up first. */
export function warnOfMissingOperators({ operators }: Config, { users, log }: Services): void {
  for (const operator of operators) {
    if (users.findByName(operator)) continue;
    log.warn("OPERATORS names a user without an account: whoever signs up under that name is an operator", {
      operator,
    });
  }
}
