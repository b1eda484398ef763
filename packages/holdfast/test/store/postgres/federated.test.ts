import { after, describe, it } from "node:test";
import { PostgresStore } from "../../../src/store/postgres.ts";
import { logOutOnTwo } from "../../support/logout-on-two.ts";
import { findDatabase, newSchema, poolOf } from "./databases.ts";

const { server, skip } = await findDatabase();
after(() => server?.stop());

describe("a logout at the provider, with sessions in PostgreSQL", { skip }, () => {
  it("ends them on two processes, and none of a sign-in under way is left", async (t) => {
    const schema = newSchema();
    const own = poolOf(server?.url ?? "");
    t.after(async () => {
      await own.query(`DROP SCHEMA ${schema} CASCADE`);
      await own.end();
    });
    await logOutOnTwo(t, () => {
      const pool = poolOf(server?.url ?? "");
      t.after(() => pool.end());
      return new PostgresStore(pool, { schema });
    });
  });
});
