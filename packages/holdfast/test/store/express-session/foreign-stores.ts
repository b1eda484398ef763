/**
 * The packages that keep sessions for express-session, each on a database of its own.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisStore } from "connect-redis";
import expressSession from "express-session";
import memorystore from "memorystore";
import pg from "pg";
import { createClient } from "redis";
import { type Found, found, startPostgres, startRedis } from "test-servers";
import type { ForeignStore } from "../../../src/store/express-session.ts";
import { mongoStore } from "./mongo-double.ts";

/** A database, and what opens it: each call as another process would. */
export interface ForeignDatabase {
  open(): ForeignStore;
  remove(): Promise<void> | void;
}

export interface ForeignPackage {
  readonly name: string;
  /** Why it cannot be tested here, or false. */
  readonly skip: string | false;
  /** True if several processes can use its database. */
  readonly shared: boolean;
  readonly make: () => Promise<ForeignDatabase> | ForeignDatabase;
}

const require = createRequire(import.meta.url);

const memory: ForeignPackage = {
  name: "express-session's MemoryStore",
  skip: false,
  shared: false,
  make: () => inMemory(new expressSession.MemoryStore()),
};

const lru: ForeignPackage = {
  name: "memorystore",
  skip: false,
  shared: false,
  make() {
    const LruStore = memorystore(expressSession);
    const store = new LruStore({ checkPeriod: 60_000 });
    return { open: () => store, remove: () => store.stopInterval() };
  },
};

const files: ForeignPackage = {
  name: "session-file-store",
  skip: false,
  shared: true,
  make() {
    const path = mkdtempSync(join(tmpdir(), "holdfast-files-"));
    const FileStore = require("session-file-store")(expressSession);
    const options = { path, retries: 0, reapInterval: -1, logFn: () => undefined };
    return {
      open: (): ForeignStore => new FileStore(options),
      remove: () => rmSync(path, { recursive: true, force: true }),
    };
  },
};

const mongo: ForeignPackage = {
  name: "connect-mongo on a double of mongodb's collection",
  skip: false,
  shared: true,
  make: () => ({ open: mongoStore(), remove: () => undefined }),
};

function inMemory(store: ForeignStore): ForeignDatabase {
  return { open: () => store, remove: () => undefined };
}

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server at the address that the environment names, which is left as it is, or one of our own. */
function serverAt(variable: string, start: () => Promise<Server>): Promise<Found<Server>> {
  const url = process.env[variable];
  return found(async () => (url === undefined ? start() : { url, stop: async () => undefined }));
}

/** The packages, and what stops the servers. */
export async function foreignPackages(): Promise<{
  readonly packages: readonly ForeignPackage[];
  readonly stop: () => Promise<void>;
}> {
  const redis = await serverAt("REDIS_URL", startRedis);
  const postgres = await serverAt("DATABASE_URL", () => startPostgres());
  const client = redis.server && (await createClient({ url: redis.server.url }).connect());
  const pool = postgres.server && new pg.Pool({ connectionString: postgres.server.url, max: 10 });
  const PgStore = require("connect-pg-simple")(expressSession);
  const packages: readonly ForeignPackage[] = [
    {
      name: "connect-redis",
      skip: redis.skip,
      shared: true,
      make() {
        const prefix = `${randomUUID()}:`;
        return { open: () => new RedisStore({ client, prefix }), remove: () => undefined };
      },
    },
    {
      name: "connect-pg-simple",
      skip: postgres.skip,
      shared: true,
      async make() {
        const tableName = `t${randomUUID().replaceAll("-", "")}`;
        const open = (): ForeignStore => new PgStore({ pool, tableName, pruneSessionInterval: false });
        await pool?.query(
          `CREATE TABLE "${tableName}" (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)`,
        );
        return { open, remove: async () => void (await pool?.query(`DROP TABLE "${tableName}"`)) };
      },
    },
    mongo,
    lru,
    files,
    memory,
  ];
  return {
    packages,
    async stop() {
      client?.destroy();
      await pool?.end();
      await Promise.all([redis.server?.stop(), postgres.server?.stop()]);
    },
  };
}
