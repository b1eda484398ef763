import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { RedisStore } from "connect-redis";
import expressSession from "express-session";
import memorystore from "memorystore";
import { ExpressSessionStore, type ForeignStore } from "../../../src/store/express-session.ts";
import { mongoStore } from "./mongo-double.ts";

const require = createRequire(import.meta.url);
const PgStore = require("connect-pg-simple")(expressSession);
const FileStore = require("session-file-store")(expressSession);
const LruStore = memorystore(expressSession);

const stores: Readonly<Record<string, () => ForeignStore>> = {
  "connect-redis": () => new RedisStore({ client: {} }),
  "connect-pg-simple": () => new PgStore({ pool: {}, pruneSessionInterval: false }),
  "connect-mongo": mongoStore(),
  "session-file-store": () => new FileStore({ path: tmpdir(), reapInterval: -1 }),
  memorystore: () => new LruStore({}),
  "express-session": () => new expressSession.MemoryStore(),
};

/** What the guide should say: "yes", "no", or the option that makes it so. */
function row(name: string, store: ForeignStore): string[] {
  const lacks = (options = {}): readonly string[] =>
    new ExpressSessionStore(store, options).capabilities.lacks;
  const holds = (lack: string, ...options: ("exclusive" | "listing")[]): string => {
    if (!lacks().includes(lack)) return "yes";
    const option = options.find((one) => {
      try {
        return !lacks({ [one]: true }).includes(lack);
      } catch {
        return false;
      }
    });
    return option === undefined ? "no" : `with \`${option}\``;
  };
  const { version } = JSON.parse(readFileSync(packageFile(name), "utf8")) as { version: string };
  const sealed = new ExpressSessionStore(store).capabilities.location === "shared" ? "yes" : "no";
  return [
    `\`${name}\` ${version.split(".")[0]}`,
    sealed,
    "yes",
    holds("atomic-writes", "exclusive"),
    holds("revocation"),
    holds("listing", "listing"),
    // deviceBound
    holds("atomic-writes", "exclusive"),
    holds("limits"),
    holds("values"),
  ];
}

function packageFile(name: string): URL {
  return new URL(`../../../../../node_modules/${name}/package.json`, import.meta.url);
}

describe("the guide's table of stores for express-session", () => {
  it("says of each package what its wrapper says", () => {
    const page = new URL("../../../../../docs/guide/express-session-stores.md", import.meta.url);
    const rows = readFileSync(page, "utf8")
      .split("\n")
      .filter((line) => /^\| `[\w-]+` \d/.test(line))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    assert.deepEqual(
      rows,
      Object.entries(stores).map(([name, make]) => row(name, make())),
    );
  });
});
