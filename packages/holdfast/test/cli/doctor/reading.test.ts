import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { SourceFile } from "../../../src/cli/doctor/examine.ts";
import type { LibraryName } from "../../../src/cli/doctor/libraries.ts";
import { loadParser } from "../../../src/cli/doctor/parser.ts";
import { examine } from "./examine.ts";

const parse = await loadParser();
const setupsIn = (source: string, name = "app.ts"): readonly string[] =>
  new SourceFile(source, name, parse).setups.map(({ library }) => library.name);
const unreadIn = (source: string): string[] =>
  examine(source).unread.map(({ place, what }) => `${place.line}: ${what}`);
const has = (source: string, rule: string): boolean =>
  examine(source).findings.some((one) => one.rule === rule);

describe("a session middleware", () => {
  it("is found however its library was imported", () => {
    const ways = [
      'import session from "express-session"; app.use(session({}));',
      'import * as session from "express-session"; app.use(session({}));',
      'import { default as sessions } from "express-session"; app.use(sessions({}));',
      'import session = require("express-session"); app.use(session({}));',
      'const session = require("express-session"); app.use(session({}));',
      'app.use(require("express-session")({}));',
      'const { default: s } = await import("express-session"); app.use(s({}));',
      'const library = require("express-session"); const alias = library; app.use(alias({}));',
      'let session; session = require("express-session"); app.use(session({}));',
      'import session from "express-session"; export class App { use(@Inject() a: string) { use(session({})); } }',
      'import session from "express-session"; app.use((session as any)({ } satisfies object));',
    ];
    for (const source of ways) assert.deepEqual(setupsIn(source), ["express-session"], source);
  });

  it("is found of each library", () => {
    const ways: Record<string, string> = {
      "holdfast/compat": 'import session from "holdfast/compat"; session({});',
      holdfast: 'import { session } from "holdfast"; session({});',
      "cookie-session": 'const cs = require("cookie-session"); cs({});',
      "iron-session": 'import { getIronSession as get } from "iron-session"; await get(req, res, {});',
      "@fastify/session": 'app.register(require("@fastify/session"), {});',
    };
    for (const [library, source] of Object.entries(ways))
      assert.deepEqual(setupsIn(source), [library], source);
  });

  it("is not one that production never gets to", () => {
    const ways = [
      'if (process.env.NODE_ENV !== "production") app.use(session({}));',
      'if (process.env.NODE_ENV === "production") start(); else app.use(session({}));',
      'app.use(process.env.NODE_ENV === "production" ? sessions : session({}));',
    ];
    for (const way of ways)
      assert.deepEqual(setupsIn(`import session from "express-session"; ${way}`), [], way);
    const unsure = "if (config.sessions) app.use(session({}));";
    assert.deepEqual(setupsIn(`import session from "express-session"; ${unsure}`), ["express-session"]);
  });

  it("of iron-session counts once, however many handlers call it with the same options", () => {
    const source = `import { getIronSession } from "iron-session";
      const options = {};
      app.get("/", async (req, res) => void (await getIronSession(req, res, options)));
      app.post("/", async (req, res) => void (await getIronSession(req, res, options)));`;
    assert.deepEqual(setupsIn(source), ["iron-session"]);
    assert.deepEqual(setupsIn(`${source} getIronSession(req, res, {});`), ["iron-session", "iron-session"]);
  });

  it("is not what only has its name", () => {
    const others = [
      "app.use(session({}));",
      'import session from "./session.js"; session({});',
      'import session from "express-session"; function make(session) { session({}); }',
      'import { Store } from "express-session"; Store({});',
      'import connect from "connect-redis"; const RedisStore = connect(session);',
    ];
    for (const source of others) assert.deepEqual(setupsIn(source), [], source);
  });

  it("is found in JavaScript, TypeScript and JSX, as modules and scripts", () => {
    const source = 'const session = require("express-session"); session({});';
    for (const name of ["a.js", "a.cjs", "a.mjs", "a.jsx"]) {
      assert.deepEqual(setupsIn(`${source} const page = <p>hello</p>;`, name), ["express-session"], name);
    }
    for (const name of ["a.ts", "a.cts", "a.mts"]) {
      assert.deepEqual(setupsIn(`${source} const n = <number>1;`, name), ["express-session"], name);
    }
    assert.deepEqual(setupsIn(`${source} const n: number = 1; const page = <p/>;`, "a.tsx"), [
      "express-session",
    ]);
  });
});

describe("options", () => {
  const use = 'import session from "express-session"; app.use(session(options));';
  const secure = (options: string): boolean => !has(`${options} ${use}`, "secure-missing");

  it("are read where they are written: in a constant, spread, frozen, or assigned later", () => {
    assert.ok(secure("const options = { cookie: { secure: true } };"));
    assert.ok(secure("const cookie = { secure: true }; const options = { cookie };"));
    assert.ok(secure("const base = { cookie: { secure: true } }; const options = { ...base };"));
    assert.ok(secure("const options = Object.freeze({ cookie: { secure: true } });"));
    assert.ok(secure("const options = {}; options.cookie = { secure: true };"));
    assert.ok(secure("const options = { cookie: {} }; options.cookie.secure = true;"));
    assert.ok(!secure("const options = { cookie: { secure: true } }; options.cookie.secure = false;"));
    assert.ok(!secure("const base = { cookie: { secure: false } }; const options = { ...base };"));
  });

  it("are read as they are in production", () => {
    for (const production of [
      'process.env.NODE_ENV === "production"',
      'process.env.NODE_ENV == "production"',
      'process.env["NODE_ENV"] !== "development"',
      'app.get("env") === "production"',
      '!(process.env.NODE_ENV !== "production")',
    ]) {
      assert.ok(secure(`const options = { cookie: { secure: ${production} } };`), production);
      assert.ok(
        secure(`const live = ${production}; const options = { cookie: { secure: live } };`),
        production,
      );
      assert.ok(!secure(`const options = { cookie: { secure: !(${production}) } };`), production);
      assert.ok(
        secure(`const options = {}; if (${production}) options.cookie = { secure: true };`),
        production,
      );
      assert.ok(!secure(`const options = {}; if (${production}) {} else options.cookie = { secure: true };`));
    }
    assert.ok(
      secure(
        'const { NODE_ENV } = process.env; const options = { cookie: { secure: NODE_ENV === "production" } };',
      ),
    );
  });

  it("that cannot be read are named, and not guessed", () => {
    const source = (options: string): string =>
      `import session from "express-session";\nsession(${options});`;
    assert.deepEqual(unreadIn(source("{ secret: config.secret, cookie: { secure: config.tls } }")), [
      "2: secret",
      "2: cookie.secure",
    ]);
    const called =
      "{ secret: read(), store: new Store(), genid: ids(), cookie: { secure: isProduction(), maxAge: ms('1y') } }";
    assert.deepEqual(unreadIn(source(called)), ["2: secret", "2: cookie.secure", "2: cookie.maxAge"]);
    assert.deepEqual(unreadIn(source("options")), ["2: the options"]);
    assert.deepEqual(unreadIn(source("{ ...options, secret: process.env.S }")), [
      "2: options that are spread from elsewhere",
    ]);
    assert.deepEqual(unreadIn(source("{ secret: process.env.S, cookie: (req) => ({}) }")), ["2: cookie"]);
    for (const options of ["options", "{ ...options }"]) {
      const { findings } = examine(source(options));
      assert.deepEqual(
        findings.map(({ rule }) => rule),
        [],
        options,
      );
    }
  });

  it("are unknown where a name is shadowed, changed twice, or refers to itself", () => {
    const unknown = [
      `function make(options) { ${use.replace(/^import.*?; /, "")} }`,
      "let options = { cookie: { secure: false } }; options = load();",
      "const options = { ...options };",
      "if (old) { const options = { cookie: { secure: false } }; } const options = load();",
    ];
    for (const source of unknown) {
      const program = source.includes("session(")
        ? `import session from "express-session"; ${source}`
        : `${source} ${use}`;
      assert.ok(!has(program, "secure-missing"), source);
    }
  });
});

describe("handlers", () => {
  it("are judged by the middleware in their file, else by those of the app", () => {
    const source = "export const login = (req, res) => { req.session.userId = 1; };";
    const rules = (...libraries: LibraryName[]): string[] =>
      new SourceFile(source, "login.js", parse)
        .examine({ libraries, identifies: false })
        .findings.map(({ rule }) => rule);
    assert.deepEqual(rules(), []);
    assert.deepEqual(rules("holdfast"), []);
    assert.deepEqual(rules("express-session"), ["sign-in-without-new-id"]);
    const own = new SourceFile(`import s from "holdfast"; s(); ${source}`, "login.js", parse);
    assert.deepEqual(own.examine({ libraries: ["express-session"], identifies: false }).findings, []);
  });
});

describe("a key of an app's own for its user", () => {
  const source = "export const login = (req, res) => { req.session.accountId = 1; };";

  it("is fine where any file of the app tells Holdfast of it", () => {
    const login = new SourceFile(source, "login.js", parse);
    const app = new SourceFile(
      'import s from "holdfast"; s({ identify: (data) => data.accountId });',
      "app.js",
      parse,
    );
    const { libraries, identifies } = app;
    assert.deepEqual(login.examine({ libraries, identifies }).findings, []);
    const [finding] = login.examine({ libraries, identifies: false }).findings;
    assert.equal(finding?.rule, "user-not-identified");
  });
});

describe("any program", () => {
  it("is examined without a crash, whatever is cut out of it", () => {
    const file = fileURLToPath(new URL("samples.ts", import.meta.url));
    const source = readFileSync(file, "utf8").slice(0, 8000);
    fc.assert(
      fc.property(fc.nat(source.length), fc.nat(400), (from, length) => {
        const cut = source.slice(0, from) + source.slice(from + length);
        let program: SourceFile;
        try {
          program = new SourceFile(cut, "cut.ts", parse);
        } catch (error) {
          assert.equal(error instanceof SyntaxError, true);
          return;
        }
        program.examine({ libraries: ["express-session", "holdfast"], identifies: false });
      }),
      { numRuns: 60 },
    );
  });

  it("may build names from names: each is read once", () => {
    const steps = Array.from(
      { length: 14 },
      (_, i) => `const n${i + 1} = [${Array(8).fill(`n${i}`).join()}];`,
    );
    const source = `import s from "express-session"; const n0 = 1; ${steps.join("\n")} s({ secret: n14 });`;
    assert.ok(!has(source, "secret-missing"));
  });

  it("may be nested deeper than the stack", () => {
    const deep = `import s from "express-session"; s({ secret: ${"a + ".repeat(3000)} a });`;
    assert.doesNotThrow(() => examine(deep, "deep.js"));
  });
});
