import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { across } from "../../src/across.ts";
import { appWith, cookieOf } from "../../src/app.ts";

const require = createRequire(import.meta.url);
const cookieParser = require("cookie-parser");

across(
  { name: "cookie-parser", seen: "an app that parses cookies before its sessions" },
  (setting, { holds }) => {
    for (const secret of [undefined, "a secret of the parser's own"]) {
      const manner = secret === undefined ? "without a secret" : "with a secret of its own";
      holds(
        `a parser in front, ${manner}, leaves the session alone and has its own cookies`,
        async (test) => {
          const { browser } = await appWith(
            test,
            setting,
            (app) => {
              app.get("/", (req, res) => {
                req.session.visits = (req.session.visits ?? 0) + 1;
                res.cookie("theme", "dark", { signed: secret !== undefined });
                res.json({ visits: req.session.visits, theme: req.signedCookies.theme ?? req.cookies.theme });
              });
            },
            { before: cookieParser(secret) },
          );
          assert.deepEqual((await browser.get("/")).json(), { visits: 1 });
          assert.equal(browser.cookies.size, 2, cookieOf(browser));
          assert.deepEqual((await browser.get("/")).json(), { visits: 2, theme: "dark" });
        },
      );
    }
  },
);
