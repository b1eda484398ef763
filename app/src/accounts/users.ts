/**
 * The users table, in SQLite: a file, which may be the sessions' as well, or memory.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type Database from "libsql";
import { nameKey } from "./rules.ts";

export interface User {
  /** Random; what a session carries. Never changes. */
  readonly id: string;
  /** As its owner wrote it. */
  readonly name: string;
  /** See `passwords.ts`. */
  readonly passwordHash: string;
}

export class Users {
  readonly #byId: Database.Statement;
  readonly #byKey: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #update: Database.Statement;

  /** Makes the table if it is missing. */
  constructor(database: Database.Database) {
    database.exec(
      `CREATE TABLE IF NOT EXISTS users (
         id TEXT PRIMARY KEY,
         name TEXT NOT NULL,
         name_key TEXT NOT NULL UNIQUE,
         password_hash TEXT NOT NULL,
         created_at INTEGER NOT NULL
       ) STRICT`,
    );
    const columns = "id, name, password_hash AS passwordHash";
    this.#byId = database.prepare(`SELECT ${columns} FROM users WHERE id = ?`);
    this.#byKey = database.prepare(`SELECT ${columns} FROM users WHERE name_key = ?`);
    this.#insert = database.prepare(
      `INSERT INTO users (id, name, name_key, password_hash, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name_key) DO NOTHING`,
    );
    this.#update = database.prepare("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?");
  }

  find(id: string): User | undefined {
    return this.#user(this.#byId.get(id));
  }

  /** Case does not matter; see {@link nameKey}. */
  findByName(name: string): User | undefined {
    return this.#user(this.#byKey.get(nameKey(name)));
  }

  /** The new user, or `undefined` if the name is taken. */
  create(name: string, passwordHash: string, now: number): User | undefined {
    const user: User = { id: randomUUID(), name, passwordHash };
    const { changes } = this.#insert.run(user.id, name, nameKey(name), passwordHash, now);
    return changes === 1 ? user : undefined;
  }

  /** False if the password is no longer the one that was checked: somebody changed it meanwhile. */
  changePassword(user: User, passwordHash: string): boolean {
    return this.#update.run(passwordHash, user.id, user.passwordHash).changes === 1;
  }

  /** Copies the row: the driver adds a column of its own to it. */
  #user(row: unknown): User | undefined {
    if (typeof row !== "object" || row === null) return undefined;
    const { id, name, passwordHash } = row as User;
    return { id, name, passwordHash };
  }
}
