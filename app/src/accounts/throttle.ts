/**
 * Counts attempts per key in a sliding window, in the users' database: a limit holds for all processes together, and
 * over a restart.
 *
 * An attempt is counted before its outcome is known, so that parallel guesses cannot slip through together; what
 * turned out well is given back.
 *
 * @module
 */
import type { Clock } from "holdfast";
import type Database from "libsql";

export interface ThrottleOptions {
  /** Tells its keys from those of other throttles. */
  readonly name: string;
  /** Attempts allowed within the window. */
  readonly limit: number;
  readonly windowMs: number;
  /** Attempts remembered, of all throttles; the earliest is forgotten first. Default 100,000, some ten megabytes. */
  readonly most?: number;
}

export class Throttle {
  readonly #name: string;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #most: number;
  readonly #clock: Clock;
  readonly #count: Database.Statement;
  readonly #earliest: Database.Statement;
  readonly #forgetPast: Database.Statement;
  readonly #forgetBeyond: Database.Statement;
  readonly #giveBack: Database.Statement;
  readonly #clear: Database.Statement;

  /** Makes the table if it is missing. */
  constructor(options: ThrottleOptions, database: Database.Database, clock: Clock) {
    this.#name = options.name;
    this.#limit = options.limit;
    this.#windowMs = options.windowMs;
    this.#most = options.most ?? 100_000;
    this.#clock = clock;
    database.exec(
      `CREATE TABLE IF NOT EXISTS attempts (id INTEGER PRIMARY KEY, key TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
       CREATE INDEX IF NOT EXISTS attempts_of_key ON attempts (key, until);
       CREATE INDEX IF NOT EXISTS attempts_past ON attempts (until)`,
    );
    // Counting and adding are one statement, so that no other process comes between.
    this.#count = database.prepare(
      `INSERT INTO attempts (key, until)
       SELECT ?, ? WHERE (SELECT count(*) FROM attempts WHERE key = ? AND until > ?) < ?`,
    );
    this.#earliest = database.prepare("SELECT min(until) AS until FROM attempts WHERE key = ? AND until > ?");
    this.#forgetPast = database.prepare("DELETE FROM attempts WHERE until <= ?");
    this.#forgetBeyond = database.prepare(
      "DELETE FROM attempts WHERE id <= (SELECT max(id) FROM attempts) - ?",
    );
    this.#giveBack = database.prepare(
      "DELETE FROM attempts WHERE id = (SELECT id FROM attempts WHERE key = ? ORDER BY until DESC, id DESC LIMIT 1)",
    );
    this.#clear = database.prepare("DELETE FROM attempts WHERE key = ?");
  }

  /**
   * Counts one attempt and returns 0, or counts nothing and returns how many milliseconds to wait.
   */
  take(key: string): number {
    const now = this.#clock.now();
    const name = this.#named(key);
    if (this.#count.run(name, now + this.#windowMs, name, now, this.#limit).changes === 1) {
      this.#forgetPast.run(now);
      this.#forgetBeyond.run(this.#most);
      return 0;
    }
    const row: unknown = this.#earliest.get(name, now);
    const until = typeof row === "object" && row !== null && "until" in row ? Number(row.until) : now;
    // At least a millisecond: another process may just have taken the last attempt away.
    return Math.max(1, until - now);
  }

  /** Gives back the latest attempt of a key. */
  giveBack(key: string): void {
    this.#giveBack.run(this.#named(key));
  }

  /** Forgets every attempt of a key. */
  clear(key: string): void {
    this.#clear.run(this.#named(key));
  }

  #named(key: string): string {
    return `${this.#name} ${key}`;
  }
}
