import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { after } from "node:test";
import type { Store } from "express-session";
import pg from "pg";
import { found, startPostgres } from "test-servers";
import { across } from "../../src/across.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

const require = createRequire(import.meta.url);
const { server, skip } = await found(startPostgres);
const pool = server && new pg.Pool({ connectionString: server.url, max: 10 });
after(async () => {
  await pool?.end();
  await server?.stop();
});

const row = { name: "connect-pg-simple", beside: ["pg"], seen: "a PostgreSQL server", skip };

across(row, (setting, { holds }) => {
  sayOfStore(setting, { holds }, async (session) => {
    const PgStore = require("connect-pg-simple")(session);
    const schemaName = randomUUID();
    await pool?.query(`CREATE SCHEMA "${schemaName}"`);
    const options = { pool, schemaName, createTableIfMissing: true, pruneSessionInterval: false };
    const open = (): Store => new PgStore(options);
    // Of two processes that make the table at the same moment one would fail.
    await new Promise((resolve) => open().get("", resolve));
    return { open, remove: () => undefined };
  });
});
