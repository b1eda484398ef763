/**
 * express-session as its README recommends it, on each of the stores that its users would choose.
 *
 * @module
 */
import connectPgSimple from "connect-pg-simple";
import { RedisStore } from "connect-redis";
import session from "express-session";
import memorystore from "memorystore";
import pg from "pg";
import { createClient } from "redis";
import { PublishedSqliteStore } from "../peers/published-sqlite-store.ts";
import { PeerSqliteStore } from "../peers/sqlite-store.ts";
import { openDatabase } from "../sqlite-file.ts";
import { type Contender, type Middleware, needed, type Place, REDIS_CLIENT, spoil } from "./contender.ts";

export const PEER_STORES = [
  "MemoryStore",
  "memorystore",
  "SQLite",
  "better-sqlite3-session-store",
  "connect-redis",
  "connect-pg-simple",
] as const;
export type PeerStore = (typeof PEER_STORES)[number];

const ONE_DAY = 86_400_000;

export async function expressSession(kind: PeerStore, place: Place): Promise<Contender> {
  const { store, close } = await open(kind, place);
  // It is Connect middleware: Express's types ask for more than it uses.
  const middleware = session({
    secret: place.secret,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: true },
    store,
  }) as unknown as Middleware;
  return {
    name: `express-session, ${kind}`,
    middleware,
    inCookie: false,
    end: (req, done) => destroy(req, done),
    forge: spoil,
    // It records activity on every request anyhow.
    passTime: () => undefined,
    close,
  };
}

interface Opened {
  readonly store: session.Store;
  close(): Promise<void>;
}

async function open(kind: PeerStore, { folder, redis, postgres }: Place): Promise<Opened> {
  switch (kind) {
    case "MemoryStore":
      return { store: new session.MemoryStore(), close: async () => {} };
    case "memorystore": {
      const store = new (memorystore(session))({ checkPeriod: ONE_DAY });
      return { store, close: async () => store.stopInterval() };
    }
    case "SQLite": {
      const database = openDatabase(folder, "express-session.db");
      return {
        store: new PeerSqliteStore(database),
        close: async () => {
          database.close();
        },
      };
    }
    case "better-sqlite3-session-store": {
      const client = openDatabase(folder, "better-sqlite3-session-store.db");
      return {
        store: new PublishedSqliteStore({ client }),
        close: async () => {
          client.close();
        },
      };
    }
    case "connect-redis": {
      const client = createClient({ url: needed(redis, "Redis"), ...REDIS_CLIENT });
      await client.connect();
      return { store: new RedisStore({ client }), close: () => client.close() };
    }
    case "connect-pg-simple": {
      const pool = new pg.Pool({ connectionString: needed(postgres, "PostgreSQL") });
      const store = new (connectPgSimple(session))({ pool, createTableIfMissing: true });
      return {
        store,
        close: async () => {
          await store.close();
          await pool.end();
        },
      };
    }
  }
}

function destroy({ session }: { session: unknown }, done: (error?: unknown) => void): void {
  if (!(session instanceof Object && "destroy" in session && typeof session.destroy === "function")) {
    throw new Error("no session of express-session");
  }
  session.destroy((error: unknown) => done(error ?? undefined));
}
