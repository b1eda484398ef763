/**
 * Who is compared with whom: libraries whose sessions are kept in the same kind of place.
 *
 * @module
 */
import type { Contender, Place } from "./contender.ts";
import { cookieSessionContender } from "./cookie-session.ts";
import { expressSession } from "./express-session.ts";
import { holdfast } from "./holdfast.ts";
import { ironSession } from "./iron-session.ts";

export const ARENAS = ["memory", "sqlite", "redis", "postgres", "cookie"] as const;
export type ArenaName = (typeof ARENAS)[number];

export const ARENA_TITLES: Readonly<Record<ArenaName, string>> = {
  memory: "Memory",
  sqlite: "SQLite",
  redis: "Redis",
  postgres: "PostgreSQL",
  cookie: "Cookie",
};

/** Opens everybody in an arena: first the peer that the bars are about, last Holdfast. */
export async function enter(arena: ArenaName, place: Place): Promise<Contender[]> {
  switch (arena) {
    case "memory":
      return [
        await expressSession("MemoryStore", place),
        await expressSession("memorystore", place),
        await holdfast("memory", place),
      ];
    case "sqlite":
      return [
        await expressSession("SQLite", place),
        await expressSession("better-sqlite3-session-store", place),
        await holdfast("sqlite", place),
      ];
    case "redis":
      return [await expressSession("connect-redis", place), await holdfast("redis", place)];
    case "postgres":
      return [
        await expressSession("connect-pg-simple", place),
        await holdfast("postgres, prepared", place),
        await holdfast("postgres", place),
      ];
    case "cookie":
      return [cookieSessionContender(place), ironSession(place), await holdfast("cookie", place)];
  }
}
