import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { blocks, pages, ROOT } from "../support/markdown.js";

const TYPESCRIPT = fileURLToPath(new URL("node_modules/typescript/bin/tsc", `file://${ROOT}/`));
const HARNESS = new URL("../support/run-snippet.js", import.meta.url).href;
const GLOBALS = fileURLToPath(new URL("../support/snippet-globals.d.ts", import.meta.url));

const snippets = pages()
  .flatMap(blocks)
  .filter(({ language }) => language === "js" || language === "ts");

// Inside the repository, so that imports are found as they are in an app that has installed the package.
mkdirSync(`${ROOT}/node_modules/.cache`, { recursive: true });
const directory = mkdtempSync(`${ROOT}/node_modules/.cache/snippets-`);
after(() => rmSync(directory, { recursive: true, force: true }));

describe("code in the documentation", () => {
  it("is there", () => {
    assert.ok(snippets.length > 10);
    assert.ok(snippets.some(({ page }) => page === "README.md"));
  });

  for (const language of ["js", "ts"]) {
    it(`has the right types, in ${language} blocks`, async () => {
      const project = mkdtempSync(`${directory}/types-`);
      const files = snippets
        .filter((snippet) => snippet.language === language)
        .map(({ page, line, code }) => {
          const file = `${page.replace(/\.md$/, "").replaceAll("/", "_")}_line_${line}.ts`;
          writeFileSync(`${project}/${file}`, `${code}\nexport {};\n`);
          return file;
        });
      assert.ok(files.length > 0);
      writeFileSync(
        `${project}/my-store.d.ts`,
        'export { SqliteStore as MyStore } from "holdfast/store/sqlite";\n',
      );
      const compilerOptions = {
        noEmit: true,
        isolatedDeclarations: false,
        skipLibCheck: true,
        noUnusedLocals: false,
        noUnusedParameters: false,
        // JavaScript says nothing of its parameters' types.
        noImplicitAny: language === "ts",
      };
      const tsconfig = { extends: `${ROOT}/tsconfig.base.json`, compilerOptions, files: [...files, GLOBALS] };
      writeFileSync(`${project}/tsconfig.json`, JSON.stringify(tsconfig));
      const { code, output } = await run([TYPESCRIPT, "-p", project]);
      assert.equal(code, 0, output);
    });
  }

  for (const { page, line, language, code, illustration } of snippets) {
    if (illustration) continue;
    it(`runs: ${page}, line ${line}`, async () => {
      const home = mkdtempSync(`${directory}/run-`);
      const file = `${home}/snippet.${language === "ts" ? "mts" : "mjs"}`;
      writeFileSync(file, code);
      if (language === "ts") await compile(file);
      const { code: status, output } = await run(["--import", HARNESS, `${home}/snippet.mjs`], { cwd: home });
      assert.equal(status, 0, output);
      if (code.includes('secure: "auto"') && code.includes("listen(")) {
        assert.match(output, /^GET \/ 200, 1 cookies$/m, "there is a session on http://localhost");
      }
    });
  }
});

async function compile(file) {
  const { code, output } = await run([
    TYPESCRIPT,
    "--ignoreConfig",
    "--noCheck",
    "--target",
    "es2023",
    "--module",
    "nodenext",
    file,
  ]);
  assert.equal(code, 0, output);
}

/** @returns {Promise<{ code: number, output: string }>} */
function run(args, { cwd = directory } = {}) {
  const env = { ...process.env, NODE_ENV: undefined, SESSION_SECRET: undefined };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, timeout: 60_000 });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
