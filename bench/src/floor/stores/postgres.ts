import pg from "pg";
import { assertWritten, type BareStore } from "./bare-store.ts";

const SCHEMA = `
  CREATE TABLE floor_sessions (
    handle text COLLATE "C" NOT NULL PRIMARY KEY, version integer NOT NULL, expires bigint NOT NULL, user_hash text,
    record bytea NOT NULL
  );
  CREATE INDEX ON floor_sessions (user_hash);
`;

const READ = "SELECT version, record FROM floor_sessions WHERE handle = $1 AND expires > $2";
const REPLACE = `UPDATE floor_sessions SET version = version + 1, record = $1
  WHERE handle = $2 AND version = $3 AND expires > $4`;
const ADD = "INSERT INTO floor_sessions VALUES ($1, 1, $2, $3, $4)";

interface Row {
  readonly version: number;
  readonly record: Buffer;
}

export async function barePostgres(connectionString: string): Promise<BareStore> {
  const pool = new pg.Pool({ connectionString });
  await pool.query(SCHEMA);
  const run = async (text: string, values: readonly unknown[]): Promise<void> =>
    assertWritten((await pool.query(text, [...values])).rowCount === 1);
  return {
    names: { read: "one SELECT", replace: "one UPDATE", add: "one INSERT" },
    waits: true,
    read: async (handle) => (await pool.query<Row>(READ, [handle, Date.now()])).rows[0],
    replace: (handle, version, record) => run(REPLACE, [record, handle, version, Date.now()]),
    add: (handle, user, expiresAt, record) => run(ADD, [handle, expiresAt, user, record]),
    close: () => pool.end(),
  };
}
