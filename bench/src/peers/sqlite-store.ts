/**
 * A store for express-session on SQLite. It is ours, written for this comparison as well as we can: statements prepared
 * once, JSON text, callbacks called at once, a touch that writes the expiry alone. Published stores do the same work
 * and more.
 *
 * @module
 */
import session, { type SessionData } from "express-session";
import type { Database, Statement } from "libsql";

type Done = (error?: unknown) => void;

const ONE_DAY = 86_400_000;

export class PeerSqliteStore extends session.Store {
  readonly #get: Statement;
  readonly #set: Statement;
  readonly #touch: Statement;
  readonly #destroy: Statement;

  constructor(database: Database) {
    super();
    database.exec(
      "CREATE TABLE sessions (sid TEXT PRIMARY KEY, expires INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID; " +
        "CREATE INDEX sessions_expires ON sessions (expires)",
    );
    this.#get = database.prepare("SELECT data FROM sessions WHERE sid = ? AND expires > ?").raw(true);
    this.#set = database.prepare(
      "INSERT INTO sessions (sid, expires, data) VALUES (?, ?, ?) " +
        "ON CONFLICT (sid) DO UPDATE SET expires = excluded.expires, data = excluded.data",
    );
    this.#touch = database.prepare("UPDATE sessions SET expires = ? WHERE sid = ?");
    this.#destroy = database.prepare("DELETE FROM sessions WHERE sid = ?");
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    let data: SessionData | null;
    try {
      const row = this.#get.get(sid, Date.now());
      data = Array.isArray(row) ? JSON.parse(row[0]) : null;
    } catch (error) {
      done(error);
      return;
    }
    done(null, data);
  }

  override set(sid: string, data: SessionData, done: Done = () => undefined): void {
    attempt(done, () => this.#set.run(sid, expiryOf(data), JSON.stringify(data)));
  }

  override touch(sid: string, data: SessionData, done: Done = () => undefined): void {
    attempt(done, () => this.#touch.run(expiryOf(data), sid));
  }

  override destroy(sid: string, done: Done = () => undefined): void {
    attempt(done, () => this.#destroy.run(sid));
  }
}

function attempt(done: Done, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    done(error);
    return;
  }
  done();
}

function expiryOf({ cookie }: SessionData): number {
  return cookie.expires instanceof Date ? cookie.expires.getTime() : Date.now() + ONE_DAY;
}
