import sqliteStore from "better-sqlite3-session-store";
import session from "express-session";

/** better-sqlite3-session-store, without the timer for what has expired: its options cannot turn it off. */
export class PublishedSqliteStore extends sqliteStore(session) {
  override startInterval(): void {}
}
