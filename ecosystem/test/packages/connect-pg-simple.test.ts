import { createRequire } from "node:module";
import { after } from "node:test";
import type { Store } from "express-session";
import { found, startPostgres } from "test-servers";
import { across } from "../../src/across.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

const require = createRequire(import.meta.url);
const { server, skip } = await found(startPostgres);
after(() => server?.stop());

const row = { name: "connect-pg-simple", beside: ["pg"], seen: "a PostgreSQL server", skip };

across(row, (setting, { holds }) => {
  sayOfStore(setting, { holds }, async (session) => {
    const PgStore = require("connect-pg-simple")(session);
    const conString = await server?.createDatabase();
    const opened: (Store & { close(): Promise<void> })[] = [];
    const open = (): Store => {
      const store = new PgStore({ conString, createTableIfMissing: true, pruneSessionInterval: false });
      opened.push(store);
      return store;
    };
    // Of two processes that make the table at the same moment one would fail.
    await new Promise((resolve) => open().get("", resolve));
    return { open, remove: async () => void (await Promise.all(opened.map((store) => store.close()))) };
  });
});
