import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

for (const program of ["visit-counter.js", "visit-counter.cjs"]) {
  describe(program, () => {
    it("counts each browser's visits", async (t) => {
      const { url } = await start(t, program);
      const browser = new Browser(url);
      assert.equal((await browser.get("/")).text, "Welcome to this page for the first time!");
      assert.equal((await browser.get("/")).text, "You visited this page 2 times");
      assert.equal((await browser.get("/")).text, "You visited this page 3 times");
      assert.equal((await new Browser(url).get("/")).text, "Welcome to this page for the first time!");
    });

    it("starts counting again when the cookie was changed by one character", async (t) => {
      const { url } = await start(t, program);
      const browser = new Browser(url);
      await browser.get("/");
      const genuine = browser.sessionCookie;
      browser.cookies.set("session", (genuine[0] === "A" ? "B" : "A") + genuine.slice(1));
      assert.equal((await browser.get("/")).text, "Welcome to this page for the first time!");
    });
  });
}
