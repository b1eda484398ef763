import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { circleIn, folderOf, importsOfSource, reachable } from "../support/import-graph.ts";

const imports = importsOfSource();

/** What each folder may import of the others; CONTRIBUTING.md says it in words. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  crypto: [],
  cookie: ["store"],
  store: ["crypto"],
  keys: ["crypto", "store"],
  "cross-site": [],
  dbsc: ["crypto"],
  session: ["crypto", "dbsc", "keys", "store"],
  migrate: ["cookie", "crypto", "keys", "session", "store"],
  express: ["cookie", "cross-site", "crypto", "dbsc", "keys", "migrate", "session", "store"],
  defence: ["cookie", "cross-site", "crypto", "express", "keys", "session"],
  guards: ["express", "session"],
  oidc: ["express", "session"],
  telemetry: ["express", "keys", "session"],
  audit: ["crypto", "keys", "session"],
  testing: ["express", "session", "store"],
  compat: ["cookie", "crypto", "express", "store"],
};

const folders = Object.keys(MAY);

describe("imports of the library", () => {
  it("point down, from folder to folder", () => {
    const wrong = imports.filter(({ from, to }) => {
      const own = folderOf(from);
      const other = folderOf(to);
      return own in MAY && other !== own && folders.includes(other) && !MAY[own]?.includes(other);
    });
    assert.deepEqual(wrong, []);
  });

  it("load no file that is still being loaded", () => {
    // The drop-in has express-session's classes, which know one another.
    const loading = imports.filter(({ from, isType }) => !isType && folderOf(from) !== "compat");
    assert.equal(circleIn(loading), undefined);
  });

  it("leave `session` without HTTP, a framework or a database", () => {
    const packages = imports
      .filter(({ from, to }) => folderOf(from) === "session" && !to.endsWith(".ts"))
      .map(({ to }) => to);
    assert.ok(packages.includes("node:crypto"));
    assert.deepEqual(
      packages.filter((name) => !name.startsWith("node:") || /http|sqlite/.test(name)),
      [],
    );
  });

  it("load jose for `holdfast/oidc` alone", () => {
    const users = imports.filter(({ to }) => to === "jose").map(({ from }) => folderOf(from));
    assert.deepEqual([...new Set(users)], ["oidc"]);
    for (const entry of ["index.ts", "defence/index.ts", "guards/index.ts"])
      assert.equal(reachable(imports, [entry]).has("jose"), false, entry);
  });
});
