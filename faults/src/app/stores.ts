import type { Store } from "holdfast/store";
import { SqliteStore } from "holdfast/store/sqlite";
import Database from "libsql";
import type { StorePlan } from "./plan.ts";

export interface OpenStore {
  readonly store: Store;
  /** Takes all free room from it, or gives it back. */
  readonly makeFull?: (full: boolean) => void;
}

/** The store at an address. */
export async function openStore({ url }: StorePlan): Promise<OpenStore> {
  const [scheme = "", rest = ""] = url.split(/:(.*)/s);
  switch (scheme) {
    case "sqlite":
      return { store: new SqliteStore(rest) };
    case "sqlite+handle":
      return ownHandle(rest);
    default:
      throw new Error(`no store for ${scheme}:`);
  }
}

function ownHandle(path: string): OpenStore {
  const handle = new Database(path);
  handle.exec(
    "PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 200; CREATE TABLE IF NOT EXISTS filler (bytes BLOB)",
  );
  const makeFull = (full: boolean): void => {
    // A count below the present one means: no page more. What is free within the file is used up.
    handle.exec(`PRAGMA max_page_count = ${full ? 1 : 1_000_000}`);
    if (full) fill(handle);
  };
  return { store: new SqliteStore(handle), makeFull };
}

function fill(handle: Database.Database): void {
  for (let room = true; room; ) {
    try {
      handle.exec("INSERT INTO filler VALUES (zeroblob(3000))");
    } catch (error) {
      if (/full/.test(String(error))) room = false;
      else if (!/locked/.test(String(error))) throw error;
    }
  }
}
