import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type KeyProvider, keyFile, storedKeys } from "../../src/keys/index.ts";
import type { Store } from "../../src/store/contract.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { type AppOptions, type SessionApp, sessionApp, strongSecret } from "./session-app.ts";
import { WatchedStore } from "./watched-store.ts";

/** A path for a key file that is removed after the test. */
export function keyFileFor(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-keys-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "data", "keys.json");
}

/** A store and keys that several deployments share; each call of `start` is another process. */
export interface Place {
  readonly store: Store<unknown>;
  start(options?: AppOptions): Promise<SessionApp>;
}

type Make = (test: TestContext) => { readonly store: Store<unknown>; readonly provider: () => KeyProvider };

const OPTIONS = { rotate: "30d", propagation: "1h" } as const;

function inStore(store: Store<unknown>): ReturnType<Make> {
  const secret = strongSecret();
  return { store, provider: () => storedKeys({ secret, ...OPTIONS }) };
}

/** The keepers of keys that rotate, each with a store. */
const PLACES: readonly (readonly [name: string, make: Make])[] = [
  [
    "in a file",
    (test) => {
      const file = keyFileFor(test);
      return { store: new SqliteStore(databaseFor(test)), provider: () => keyFile(file, OPTIONS) };
    },
  ],
  ["in a memory store", () => inStore(new MemoryStore())],
  ["in an SQLite store", (test) => inStore(new SqliteStore(databaseFor(test)))],
  ["in a store across a network", () => inStore(new WatchedStore())],
];

/** The place, with one clock for all its deployments. */
export const places: readonly (readonly [name: string, open: (test: TestContext) => Place])[] = PLACES.map(
  ([name, make]) => [
    name,
    (test) => {
      const { store, provider } = make(test);
      let clock: SessionApp["clock"] | undefined;
      return {
        store,
        async start(options = {}) {
          const app = await sessionApp(test, {
            secret: provider(),
            store,
            idle: "11h",
            // So that an id changes by its key alone.
            renew: false,
            ...(clock !== undefined && { clock }),
            ...options,
          });
          clock ??= app.clock;
          return app;
        },
      };
    },
  ],
);

/** Lets the app's upkeep of keys run, as its timer does. Returns the keys' states, newest first. */
export async function states(app: SessionApp): Promise<string[]> {
  return (await app.sessions.keys.list()).map(({ state }) => state);
}

/** The id of the key that a cookie is signed under. */
export const keyOf = (cookie: string): string => cookie.slice(0, 4);
