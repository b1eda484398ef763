import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import session, { HoldfastError } from "../../../src/compat/index.ts";
import { optionNames } from "../../../src/express/check-options.ts";
import { session as main } from "../../../src/express/session.ts";
import { MemoryStore as MainStore } from "../../../src/store/memory.ts";

const SHARED = [
  "secret",
  "store",
  "name",
  "cookie",
  "proxy",
  "rolling",
  "unset",
  "storeTimeout",
  "resave",
  "saveUninitialized",
];
const base = { secret: "keyboard cat", resave: false, saveUninitialized: false };

describe("An option of the main API", () => {
  for (const name of [...optionNames].filter((name) => !SHARED.includes(name))) {
    it(`is refused by name, with the page that helps: ${name}`, () => {
      assert.throws(
        () => session({ ...base, [name]: "30m" }),
        (error) =>
          error instanceof HoldfastError &&
          error.code === "ERR_HOLDFAST_OPTION_UNKNOWN" &&
          error.message.includes(`\`${name}\``) &&
          error.message.includes("docs/guide/compat.md"),
      );
    });
  }

  it("is ignored where it is undefined, as express-session ignores it", () => {
    session({ ...base, ...{ idle: undefined } });
  });
});

describe("Other options", () => {
  it("that nobody knows are ignored, as express-session ignores them", () => {
    session({ ...base, ...{ maxAge: 1, autoReconnect: true } });
  });

  for (const [name, value] of Object.entries({
    genid: "x",
    unset: "x",
    strict: "yes",
    storeTimeout: "soon",
  })) {
    it(`are refused with an error that names them: ${name}`, () => {
      assert.throws(
        () => session({ ...base, [name]: value }),
        (error) => error instanceof HoldfastError && error.message.includes(name),
      );
    });
  }
});

describe("A store", () => {
  for (const [name, store, says] of [
    ["of the main API", new MainStore(), /`store` is one of the main API's.*docs\/guide\/compat\.md/],
    ["that is none", { get: () => undefined }, /`store` must be a store made for express-session/],
  ] as const) {
    it(`${name} is refused`, () => {
      assert.throws(
        () => session({ ...base, ...{ store } } as object),
        (error) =>
          error instanceof HoldfastError &&
          error.code === "ERR_HOLDFAST_STORE_OPTION" &&
          says.test(error.message),
      );
    });
  }

  it("for express-session is refused by the main API, which names this one", () => {
    assert.throws(
      () => main({ store: new session.MemoryStore() } as object),
      (error) => error instanceof HoldfastError && /holdfast\/compat/.test(error.message),
    );
  });
});

describe("A default that express-session advises against", () => {
  const entry = fileURLToPath(new URL("../../../src/compat/index.ts", import.meta.url));
  const script = `import("${entry}").then(({ default: session }) => { session({}); session({}); });`;

  function warnings(env: NodeJS.ProcessEnv): string[] {
    const { stderr } = spawnSync(process.execPath, ["--import", "tsx", "-e", script], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    return stderr.split("\n").filter((line) => line.includes("deprecated"));
  }

  it("is told of once", () => {
    const told = warnings({ NO_DEPRECATION: "" });
    assert.deepEqual(
      told.map((line) => /deprecated (.*)/.exec(line)?.[1]),
      [
        "undefined resave option; provide resave option",
        "undefined saveUninitialized option; provide saveUninitialized option",
        "req.secret; provide secret option",
      ],
    );
  });

  it("is not told of where the environment says so", () => {
    assert.deepEqual(warnings({ NO_DEPRECATION: "body-parser,express-session" }), []);
  });
});
