/** It comes without types: what is used of it. */
declare module "better-sqlite3-session-store" {
  import type { Store } from "express-session";
  import type { Database } from "libsql";

  class SqliteStore extends Store {
    constructor(options: { client: Database });
    startInterval(): void;
    get(sid: string, callback: Parameters<Store["get"]>[1]): void;
    set(sid: string, data: Parameters<Store["set"]>[1], callback?: (error?: unknown) => void): void;
    destroy(sid: string, callback?: (error?: unknown) => void): void;
  }

  export default function sqliteStore(session: { Store: typeof Store }): typeof SqliteStore;
}
