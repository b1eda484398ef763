import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

describe("cookie-parser.js", () => {
  it("keeps the session and cookie-parser's signed cookie side by side", async (t) => {
    const { url } = await start(t, "cookie-parser.js");
    const browser = new Browser(url);
    const first = await browser.get("/");
    assert.deepEqual(JSON.parse(first.text), { views: 1, theme: null });
    assert.equal(first.setCookie.length, 2);
    assert.deepEqual(JSON.parse((await browser.get("/")).text), { views: 2, theme: "dark" });
  });

  it("starts without a secret in the environment", async (t) => {
    const { url } = await start(t, "cookie-parser.js", { SESSION_SECRET: undefined });
    const browser = new Browser(url);
    await browser.get("/");
    assert.deepEqual(JSON.parse((await browser.get("/")).text), { views: 2, theme: "dark" });
  });
});
