import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";

/** Stores on one file, each with a connection of its own, as several processes have. */
export function sharedFile(test: TestContext): () => SqliteStore {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-shared-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return () => new SqliteStore(join(folder, "sessions.db"));
}
