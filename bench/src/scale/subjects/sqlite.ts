import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteStore } from "holdfast/store/sqlite";
import { realRecords } from "../records.ts";
import type { Subject } from "./subject.ts";

const RECORDS = 200;

export async function sqliteSubject(address: string | undefined): Promise<Subject> {
  const folder = address ?? mkdtempSync(join(tmpdir(), "holdfast-scale-"));
  const file = join(folder, "sessions.db");
  const store = new SqliteStore(file);
  const records = await realRecords(RECORDS);
  let next = 0;
  const sizeOf = (name: string): number => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  return {
    store,
    address: folder,
    record: (user) => ({ ...(records[next++ % RECORDS] ?? records[0]), user }) as (typeof records)[number],
    bytes: async () => sizeOf(file),
    serverTime: async () => [],
    baseline: undefined,
    close: async () => {
      store.close();
      if (address === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
