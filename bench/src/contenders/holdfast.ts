/**
 * Holdfast with its defaults: every protection on. Beside it on PostgreSQL, with prepared statements.
 *
 * @module
 */
import { type Session, type Sessions, session } from "holdfast";
import type { Store } from "holdfast/store";
import { CookieStore } from "holdfast/store/cookie";
import { MemoryStore } from "holdfast/store/memory";
import { PostgresStore } from "holdfast/store/postgres";
import { RedisStore } from "holdfast/store/redis";
import { SqliteStore } from "holdfast/store/sqlite";
import pg from "pg";
import { createClient } from "redis";
import type { Profile } from "../profile.ts";
import type { SessionRequest } from "../scenarios.ts";
import { openDatabase } from "../sqlite-file.ts";
import { type Contender, needed, type Place, REDIS_CLIENT, spoil } from "./contender.ts";

/** A little more than the tenth of the idle limit (30 minutes) after which activity is recorded again. */
const UNTIL_DUE = 181_000;

export type HoldfastStore = "memory" | "sqlite" | "redis" | "postgres" | "postgres, prepared" | "cookie";

export interface Holdfast extends Contender {
  readonly sessions: Sessions;
}

export async function holdfast(kind: HoldfastStore, place: Place): Promise<Holdfast> {
  const { store, close } = open(kind, place);
  let passed = 0;
  const sessions = session({
    secret: place.secret,
    store,
    // A machine at its limit is no outage; the timer costs the same.
    storeTimeout: "20s",
    renew: place.renew,
    clock: { now: () => Date.now() + passed },
  });
  await sessions.ready();
  return {
    name: kind === "postgres, prepared" ? "Holdfast, prepared" : "Holdfast",
    sessions,
    middleware: sessions,
    inCookie: kind === "cookie",
    end: (req, done) => {
      sessionOf(req)
        .signOut()
        .then(() => done(), done);
    },
    update: (req, change) => sessionOf(req).update(() => change(req.session)),
    forge: spoil,
    passTime: () => {
      passed += UNTIL_DUE;
    },
    close: async () => {
      await sessions.close();
      await close();
    },
  };
}

function open(kind: HoldfastStore, place: Place): { store: Store<unknown>; close(): Promise<void> } {
  switch (kind) {
    case "memory":
      return { store: new MemoryStore(), close: nothing };
    case "sqlite": {
      const database = openDatabase(place.folder, "holdfast.db");
      return {
        store: new SqliteStore(database),
        close: async () => {
          database.close();
        },
      };
    }
    case "redis": {
      const client = createClient({ url: needed(place.redis, "Redis"), ...REDIS_CLIENT });
      return { store: new RedisStore(client), close: nothing };
    }
    case "postgres": {
      const pool = new pg.Pool({ connectionString: needed(place.postgres, "PostgreSQL") });
      return { store: new PostgresStore(pool), close: () => pool.end() };
    }
    case "postgres, prepared": {
      const pool = new pg.Pool({ connectionString: needed(place.postgres, "PostgreSQL") });
      const store = new PostgresStore(pool, { prepare: true, schema: "prepared" });
      return { store, close: () => pool.end() };
    }
    case "cookie":
      return { store: new CookieStore(), close: nothing };
  }
}

async function nothing(): Promise<void> {}

/** The session as Holdfast has put it on the request. */
function sessionOf(req: SessionRequest): Session & Profile {
  return req.session as Session & Profile;
}
