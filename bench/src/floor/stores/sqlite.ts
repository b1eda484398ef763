import { openDatabase } from "../../sqlite-file.ts";
import { assertWritten, type BareStore } from "./bare-store.ts";

/** Rows are appended, and what is random is in small indexes: an addition costs half of what a table by handle would. */
const SCHEMA = `
  CREATE TABLE sessions (
    handle TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, expires INTEGER NOT NULL, user TEXT, record BLOB NOT NULL
  );
  CREATE INDEX sessions_user ON sessions (user);
`;

/** Each statement is prepared once, and a transaction by itself. */
export function bareSqlite(folder: string): BareStore {
  const database = openDatabase(folder, "floor.db");
  database.exec(SCHEMA);
  const select = database
    .prepare("SELECT version, record FROM sessions WHERE handle = ? AND expires > ?")
    .raw(true);
  const update = database.prepare(
    "UPDATE sessions SET version = version + 1, record = ? WHERE handle = ? AND version = ? AND expires > ?",
  );
  const insert = database.prepare("INSERT INTO sessions VALUES (?, 1, ?, ?, ?)");
  return {
    names: {
      read: "one prepared SELECT",
      replace: "one prepared UPDATE, committed",
      add: "one prepared INSERT, committed",
    },
    waits: false,
    read: (handle) => {
      const row: unknown = select.get([handle, Date.now()]);
      if (!Array.isArray(row)) return undefined;
      const [version, record] = row;
      return { version, record };
    },
    replace: (handle, version, record) =>
      assertWritten(update.run([record, handle, version, Date.now()]).changes === 1),
    add: (handle, user, expiresAt, record) =>
      assertWritten(insert.run([handle, expiresAt, user, record]).changes === 1),
    close: async () => {
      database.close();
    },
  };
}
