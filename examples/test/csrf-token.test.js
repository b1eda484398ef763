import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

const tokenIn = ({ text }) => /name="_csrf" value="([^"]+)"/.exec(text)?.[1];
const likesIn = ({ text }) => Number(/<output>(\d+)</.exec(text)?.[1]);

async function logIn(browser) {
  const login = await browser.post("/login", { _csrf: tokenIn(await browser.get("/")) });
  assert.equal(login.status, 302);
}

describe("csrf-token.js", () => {
  it("takes the page's token from a form's field and from a script's header", async (t) => {
    const browser = new Browser((await start(t, "csrf-token.js")).url);
    await logIn(browser);
    const token = tokenIn(await browser.get("/"));
    assert.equal((await browser.post("/like", { _csrf: token })).status, 302);
    assert.equal((await browser.post("/like", {}, { "x-csrf-token": token })).status, 302);
    assert.equal(likesIn(await browser.get("/")), 2);
  });

  it("refuses what comes without one, or with another visitor's, at the login form too", async (t) => {
    const { url } = await start(t, "csrf-token.js");
    const [browser, other] = [new Browser(url), new Browser(url)];
    const foreign = tokenIn(await other.get("/"));
    await browser.get("/");
    for (const fields of [{}, { _csrf: foreign }])
      assert.equal((await browser.post("/login", fields)).status, 403);
    await logIn(browser);
    await logIn(other);
    const theirs = tokenIn(await other.get("/"));
    for (const fields of [{}, { _csrf: foreign }, { _csrf: theirs }]) {
      assert.equal((await browser.post("/like", fields)).status, 403);
    }
    assert.equal(likesIn(await browser.get("/")), 0);
  });

  it("gives another token at login: the one before is worth nothing", async (t) => {
    const browser = new Browser((await start(t, "csrf-token.js")).url);
    const before = tokenIn(await browser.get("/"));
    await browser.post("/login", { _csrf: before });
    assert.equal((await browser.post("/like", { _csrf: before })).status, 403);
  });
});
