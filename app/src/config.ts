/**
 * Reads the environment once, at start. Every mistake is one sentence that names the variable.
 *
 * | variable | default | meaning |
 * |---|---|---|
 * | `PORT` | 3000 | HTTPS |
 * | `HTTP_PORT` | 3080 | plain HTTP, only to send browsers to HTTPS |
 * | `SESSION_SECRET` | a key file in `.holdfast` | at least 32 random bytes; required when `NODE_ENV=production` |
 * | `DATA_DIR` | `data` | users, the local CA, and sessions unless `STORE_URL` says otherwise |
 * | `STORE_URL` | a file in `DATA_DIR` | where sessions live: see `store/store-url.ts` |
 * | `IDLE_TIMEOUT` | `30m`, or `ABSOLUTE_TIMEOUT` if that is shorter | a session ends after this much inactivity |
 * | `ABSOLUTE_TIMEOUT` | `12h` | and after this much time in any case |
 * | `OPERATORS` | nobody | usernames, separated by commas, whose owners may open `/operator` |
 * | `ORIGIN` | none | such as `https://example.com`, for browsers that do not say which site a form comes from |
 * | `TLS_CERT`, `TLS_KEY` | a local CA in `DATA_DIR` | PEM files, both or neither |
 * | `LOG_LEVEL` | `info` | `debug`, `info`, `warn`, `error` or `silent` |
 * | `WORKERS` | 4 | processes of `npm run cluster` |
 *
 * @module
 */
import { join, resolve } from "node:path";
import { usernameProblem } from "./accounts/rules.ts";
import { ConfigError } from "./config-error.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import { readStoreUrl, type StoreConfig } from "./store/store-url.ts";

export { ConfigError } from "./config-error.ts";

export interface Config {
  /** HTTPS port; 0 lets the system choose. */
  readonly port: number;
  /** Port of the plain-HTTP redirect; 0 lets the system choose. */
  readonly httpPort: number;
  readonly secret: string | undefined;
  /** Absolute path. */
  readonly dataDir: string;
  /** Where sessions live. */
  readonly store: StoreConfig;
  /** The SQLite file of the users, absolute, or `":memory:"`. With the store `sqlite` it is the sessions' as well. */
  readonly database: string;
  readonly idleMs: number;
  readonly absoluteMs: number;
  /** Usernames as they were written. */
  readonly operators: readonly string[];
  /** Where browsers see the application, as they write it. */
  readonly origin: string | undefined;
  /** Absolute paths of PEM files; `undefined`: use the local CA. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly logLevel: LogLevel;
  /** How many processes `npm run cluster` starts. */
  readonly workers: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {@link ConfigError} at the first variable that is not valid. */
export function readConfig(environment: Environment, directory: string = process.cwd()): Config {
  // An empty value is how compose files and unit files say "not set".
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const dataDir = resolve(directory, read("DATA_DIR") ?? "data");
  const absoluteMs = readDuration("ABSOLUTE_TIMEOUT", read("ABSOLUTE_TIMEOUT") ?? "12h");
  const idle = read("IDLE_TIMEOUT");
  const idleMs = idle === undefined ? Math.min(IDLE, absoluteMs) : readDuration("IDLE_TIMEOUT", idle);
  if (idleMs > absoluteMs) {
    throw new ConfigError(
      "IDLE_TIMEOUT",
      "must not be longer than ABSOLUTE_TIMEOUT, or it would never apply.",
    );
  }
  const store = readStoreUrl(read("STORE_URL"), dataDir, directory);
  return {
    port: readPort("PORT", read("PORT") ?? "3000"),
    httpPort: readPort("HTTP_PORT", read("HTTP_PORT") ?? "3080"),
    secret: read("SESSION_SECRET"),
    dataDir,
    store,
    database: databaseOf(store, dataDir),
    idleMs,
    absoluteMs,
    operators: readOperators(read("OPERATORS") ?? ""),
    origin: readOrigin(read("ORIGIN")),
    tls: readTls(read("TLS_CERT"), read("TLS_KEY"), directory),
    logLevel: readLogLevel(read("LOG_LEVEL") ?? "info"),
    workers: readWorkers(read("WORKERS") ?? "4"),
  };
}

function readPort(variable: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new ConfigError(variable, `"${text}" is not a port. Use a number from 0 to 65535.`);
  return port;
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** 400 days: what browsers allow a cookie, and far beyond what a session should last. */
const LONGEST = 400 * UNITS.d;
const IDLE = 30 * UNITS.m;

function readDuration(variable: string, text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const milliseconds = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : 0;
  if (milliseconds < 1000 || milliseconds > LONGEST) {
    throw new ConfigError(
      variable,
      `"${text}" is not a usable duration. Write a whole number and a unit, from 1s to 400d: 90s, 30m, 12h or 7d.`,
    );
  }
  return milliseconds;
}

/** Users stay on this machine: an app of your own has a database for them. */
function databaseOf(store: StoreConfig, dataDir: string): string {
  if (store.kind === "memory") return ":memory:";
  return store.kind === "sqlite" ? store.file : join(dataDir, "app.db");
}

function readWorkers(text: string): number {
  const workers = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (workers < 1 || workers > 64) {
    throw new ConfigError("WORKERS", `"${text}" is not a number of processes. Use a number from 1 to 64.`);
  }
  return workers;
}

function readOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.startsWith("https://") && URL.canParse(text) && new URL(text).origin === text) return text;
  throw new ConfigError("ORIGIN", `"${text}" is not an origin. Write scheme and host: https://example.com.`);
}

function readOperators(text: string): readonly string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  for (const name of names) {
    if (usernameProblem(name) === undefined) continue;
    throw new ConfigError(
      "OPERATORS",
      `${JSON.stringify(name)} cannot be a username. Write usernames, separated by commas: anna,bert.`,
    );
  }
  return names;
}

function readTls(cert: string | undefined, key: string | undefined, directory: string): Config["tls"] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw new ConfigError("TLS_CERT", "is needed beside TLS_KEY.");
  if (key === undefined) throw new ConfigError("TLS_KEY", "is needed beside TLS_CERT.");
  return { certFile: resolve(directory, cert), keyFile: resolve(directory, key) };
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (!level)
    throw new ConfigError("LOG_LEVEL", `"${text}" is not a level. Use one of ${LOG_LEVELS.join(", ")}.`);
  return level;
}
