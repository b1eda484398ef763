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
  handle.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 20");
  // A count below the present one means: no page more.
  const makeFull = (full: boolean): void => void handle.exec(`PRAGMA max_page_count = ${full ? 1 : 1_000_000}`);
  return { store: new SqliteStore(handle), makeFull };
}
