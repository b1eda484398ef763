import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

// Each project type-checks against the built package as an app would install it, declaration files included
// (`skipLibCheck: false`). Its `@ts-expect-error` lines fail the check if the error they expect is not there.

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../../../../node_modules");
const tsc = createRequire(import.meta.url)
  .resolve("typescript/package.json")
  .replace(/package\.json$/, "bin/tsc");

const EXPRESS = [
  "express",
  "express-serve-static-core",
  "body-parser",
  "connect",
  "http-errors",
  "qs",
  "range-parser",
  "send",
  "serve-static",
];

function check(source: string, types: readonly string[]): string {
  const project = mkdtempSync(join(tmpdir(), "holdfast-types-"));
  try {
    mkdirSync(join(project, "node_modules/@types"), { recursive: true });
    symlinkSync(join(here, "../.."), join(project, "node_modules/holdfast"));
    symlinkSync(join(modules, "undici-types"), join(project, "node_modules/undici-types"));
    for (const name of ["node", ...types]) {
      symlinkSync(join(modules, "@types", name), join(project, "node_modules/@types", name));
    }
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    writeFileSync(join(project, source), readFileSync(join(here, "projects", source)));
    const compilerOptions = {
      module: "NodeNext",
      target: "ES2022",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      preserveSymlinks: true,
      types: ["node", ...types.filter((name) => name === "express-session")],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [source] }));
    return spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" }).stdout;
  } finally {
    rmSync(project, { recursive: true });
  }
}

describe("types", () => {
  it("type req.session under Express, with the app's own SessionData", () => {
    assert.equal(check("express-app.ts", EXPRESS), "");
  });

  it("live beside @types/express-session", () => {
    assert.equal(check("express-app.ts", [...EXPRESS, "express-session"]), "");
  });

  it("type express-session's req.session in holdfast/compat", () => {
    assert.equal(check("compat-app.ts", EXPRESS), "");
  });

  it("do so beside @types/express-session", () => {
    assert.equal(check("compat-app.ts", [...EXPRESS, "express-session"]), "");
  });

  it("are what packages that make a store of express-session ask for", () => {
    assert.equal(check("compat-stores.ts", [...EXPRESS, "express-session"]), "");
  });

  it("let a program move from one to the other", () => {
    assert.equal(check("both-apis.ts", EXPRESS), "");
    assert.equal(check("both-apis.ts", [...EXPRESS, "express-session"]), "");
  });

  it("need no types of Express on bare node:http", () => {
    assert.equal(check("bare-http.ts", []), "");
    assert.equal(check("compat-bare-http.ts", []), "");
  });

  it("work in CommonJS modules", () => {
    assert.equal(check("common-js.cts", EXPRESS), "");
  });
});
