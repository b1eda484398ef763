import { join } from "node:path";
import { describe, it } from "node:test";
import { MemoryStore } from "../../src/store/memory.ts";
import { type SqliteHandle, SqliteStore } from "../../src/store/sqlite.ts";
import { type ConformanceSubject, storeConformance } from "../../src/testing/store-conformance.ts";
import { newFolder, openLibsql, openNodeSqlite } from "./databases.ts";

const subjects: Readonly<Record<string, () => ConformanceSubject>> = {
  "the memory store": () => {
    const store = new MemoryStore();
    return { store, close: () => store.close() };
  },
  "the SQLite store on a file": () => onFile((path) => new SqliteStore(path), false),
  "the SQLite store with two connections to one file": () => onFile((path) => new SqliteStore(path), true),
  "the SQLite store in memory": () => {
    const store = new SqliteStore(":memory:");
    return { store, close: () => store.close() };
  },
  "the SQLite store on a handle of better-sqlite3's shape": () => onHandle(openLibsql),
  "the SQLite store on a handle of node:sqlite's shape": () => onHandle(openNodeSqlite),
};

for (const [name, open] of Object.entries(subjects)) {
  describe(name, () => {
    for (const { name: sentence, run } of storeConformance(open)) it(sentence, run);
  });
}

function onFile(open: (path: string) => SqliteStore, twice: boolean): ConformanceSubject {
  const folder = newFolder();
  const path = join(folder.path, "sessions.db");
  const store = open(path);
  const close = () => {
    store.close();
    folder.remove();
  };
  return twice ? { store, close, reopen: () => open(path) } : { store, close };
}

function onHandle(openDatabase: (path: string) => SqliteHandle): ConformanceSubject {
  const handles: SqliteHandle[] = [];
  const { close, ...subject } = onFile((path) => {
    const handle = openDatabase(path);
    handle.exec("PRAGMA journal_mode = WAL");
    handles.push(handle);
    return new SqliteStore(handle);
  }, true);
  return {
    ...subject,
    close() {
      for (const handle of handles) handle.close();
      return close();
    },
  };
}
