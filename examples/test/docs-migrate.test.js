import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { errorTable } from "holdfast";
import { names, ROOT, read } from "../support/markdown.js";

const PAGE = read("docs/migrate.md");

describe("the page about moving", () => {
  it("has every option of express-session's documentation, and no other", () => {
    const [, options] = /^#### Options\n(.*?)^### /ms.exec(readmeOf("express-session"));
    const documented = [...options.matchAll(/^##### (\S+)$/gm)].map(([, option]) => option);
    assert.ok(documented.length > 15);
    assert.deepEqual(optionsIn("Options of express-session").toSorted(), documented.toSorted());
  });

  it("has every option of cookie-session's documentation, and no other", () => {
    const [, options] = /^#### Options\n(.*?)^### /ms.exec(readmeOf("cookie-session"));
    const own = [...options.matchAll(/^##### (\w+)$/gm)].map(([, option]) => option);
    const passedOn = [...options.matchAll(/^ {2}- `(\w+)`/gm)].map(([, option]) => option);
    assert.ok(own.length === 3 && passedOn.length > 8);
    assert.deepEqual(optionsIn("Options of cookie-session").toSorted(), [...own, ...passedOn].toSorted());
  });

  it("has every option of iron-session's documentation, and no other", () => {
    const [, options] = /^## Session options\n(.*?)^## /ms.exec(readmeOf("iron-session"));
    const own = [...options.matchAll(/^- `(\w+)`/gm)].map(([, option]) => option);
    const passedOn = [...options.matchAll(/^ {4}(\w+): /gm)].map(([, option]) => `cookieOptions.${option}`);
    assert.ok(own.length === 4 && passedOn.length === 5);
    assert.deepEqual(optionsIn("Options of iron-session").toSorted(), [...own, ...passedOn].toSorted());
  });

  it("has every option of @fastify/session 11.1, and no other", () => {
    // That package needs a newer Node than the oldest that Holdfast runs on, so its documentation is not at hand.
    const cookie = ["path", "maxAge", "httpOnly", "secure", "expires", "sameSite", "domain", "partitioned"];
    const own = [
      "secret",
      "cookieName",
      "cookiePrefix",
      "cookie",
      "store",
      "saveUninitialized",
      "rolling",
      "idGenerator",
    ];
    assert.deepEqual(
      optionsIn("Options of @fastify/session").toSorted(),
      [...own, ...cookie.map((option) => `cookie.${option}`)].toSorted(),
    );
  });

  it("names only errors that exist", () => {
    const codes = [...PAGE.matchAll(/ERR_HOLDFAST_\w+/g)].map(([code]) => code);
    assert.ok(codes.length > 10);
    for (const code of codes) assert.ok(Object.hasOwn(errorTable, code), code);
  });
});

/** The first column of the table under a heading. */
function optionsIn(heading) {
  const [, section] = new RegExp(`^### ${heading}\n(.*?)(?=^##)`, "ms").exec(PAGE);
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => names(line.split("|")[1])[0]);
}

function readmeOf(name) {
  const require = createRequire(join(ROOT, "packages/holdfast/package.json"));
  let folder = dirname(require.resolve(name));
  while (!folder.endsWith(`/${name}`)) folder = dirname(folder);
  return readFileSync(join(folder, "README.md"), "utf8");
}
