/**
 * `STORE_URL`: where sessions live.
 *
 * | URL | sessions live in |
 * |---|---|
 * | `memory:` | this process, and end with it |
 * | `sqlite:PATH` | an SQLite file |
 * | `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]` | Redis or Valkey; `rediss:` over TLS |
 * | `redis+cluster://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]…` | Redis Cluster; `rediss+cluster:` over TLS |
 * | `postgres://[USER:PASSWORD@]HOST[:PORT]/DATABASE` | PostgreSQL; `postgresql:` is the same |
 *
 * A URL may hold a password, so no message repeats one.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { ConfigError } from "../config-error.ts";

export type StoreConfig =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "redis" | "postgres"; readonly url: string }
  /** `urls`: one for each node that was named; credentials are the same in all. */
  | { readonly kind: "redis-cluster"; readonly urls: readonly [string, ...string[]] };

/**
 * @param directory - relative paths begin here
 * @throws {@link ConfigError}
 */
export function readStoreUrl(text: string | undefined, dataDir: string, directory: string): StoreConfig {
  if (text === undefined) return { kind: "sqlite", file: join(dataDir, "app.db") };
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "memory":
      if (rest !== "") throw wrong("memory: takes nothing behind the colon.");
      return { kind: "memory" };
    case "sqlite": {
      const path = rest.replace(/^\/\//, "");
      if (path === "") throw wrong("sqlite: needs a path, as in sqlite:data/app.db.");
      return { kind: "sqlite", file: resolve(directory, path) };
    }
    case "redis":
    case "rediss":
      return { kind: "redis", url: redisUrl(text) };
    case "redis+cluster":
    case "rediss+cluster":
      return { kind: "redis-cluster", urls: clusterUrls(text) };
    case "postgres":
    case "postgresql":
      return { kind: "postgres", url: postgresUrl(text) };
    default:
      throw wrong(
        `${scheme ? `"${scheme}:" is` : "this is"} not a store this application knows. Use memory:, sqlite:PATH, ` +
          "redis://HOST, redis+cluster://HOST,HOST or postgres://HOST/DATABASE, or leave it unset for an SQLite file " +
          "in DATA_DIR.",
      );
  }
}

/** Where sessions live, for people: no user, no password, no parameters. */
export function placeOf(store: StoreConfig): string {
  switch (store.kind) {
    case "memory":
      return "memory";
    case "sqlite":
      return store.file;
    case "redis-cluster":
      return `Redis Cluster at ${store.urls.map((url) => new URL(url).host).join(", ")}`;
    default: {
      const { protocol, host, pathname } = new URL(store.url);
      return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
    }
  }
}

/** The password in the URL, or `""`. */
export function passwordIn(store: StoreConfig): string {
  if (store.kind === "memory" || store.kind === "sqlite") return "";
  const url = store.kind === "redis-cluster" ? store.urls[0] : store.url;
  return decodeURIComponent(new URL(url).password);
}

function redisUrl(text: string): string {
  const example = "redis://HOST:6379 or redis://USER:PASSWORD@HOST:6379/0";
  const url = parse(text, example);
  if (!/^\/?\d*$/.test(url.pathname)) throw wrong(`a Redis database is a number, as in ${example}.`);
  if (url.search !== "" || url.hash !== "") throw wrong(`a Redis URL ends with the database: ${example}.`);
  return text;
}

function clusterUrls(text: string): [string, ...string[]] {
  const example =
    "redis+cluster://HOST1:6379,HOST2:6379 or redis+cluster://USER:PASSWORD@HOST1:6379,HOST2:6379";
  const match = /^(rediss?)\+cluster:\/\/(.*@)?([^@/?#]+)\/?$/i.exec(text);
  const [, scheme = "", credentials = "", hosts = ""] = match ?? [];
  if (!match)
    throw wrong(`this is not the address of a Redis Cluster, which has one database only: ${example}.`);
  const urls = hosts.split(",").map((host) => {
    const url = `${scheme}://${credentials}${host}`;
    parse(url, example);
    return url;
  });
  const [first = "", ...others] = urls;
  return [first, ...others];
}

function postgresUrl(text: string): string {
  const example = "postgres://USER:PASSWORD@HOST:5432/DATABASE";
  const { pathname, search, hash } = parse(text, example);
  if (pathname.length < 2) throw wrong(`the name of the database is missing: ${example}.`);
  // Else what follows a slash in a password could be shown as the database.
  if (/[/@]/.test(pathname.slice(1)) || search.includes("@") || hash !== "") {
    throw wrong(`after the host there is one slash and the name of the database: ${example}. ${ESCAPES}`);
  }
  return text;
}

const ESCAPES = "Write %40 for @, %2F for /, %3A for : and %25 for % in a password.";

function parse(text: string, example: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "" || !decodes(url.username) || !decodes(url.password)) {
    throw wrong(`this is not a valid address, such as ${example}. ${ESCAPES}`);
  }
  return url;
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function wrong(problem: string): ConfigError {
  return new ConfigError("STORE_URL", problem);
}
