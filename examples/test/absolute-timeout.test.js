import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

const ABSOLUTE = 1_200;

for (const program of ["absolute-timeout.js", "absolute-timeout-by-hand.js"]) {
  describe(program, () => {
    it("ends a session at its age, however busy it is", async (t) => {
      const { url } = await start(t, program, { ABSOLUTE_MS: String(ABSOLUTE) });
      const browser = new Browser(url);
      const login = await browser.get("/login");
      assert.deepEqual([login.status, login.text], [200, "Logged in."]);
      const began = Date.now();
      const cookie = browser.sessionCookie;

      let last = await browser.get("/");
      assert.equal(last.status, 200);
      assert.match(last.text, /^Hello anna\./);
      while (last.status === 200 && Date.now() - began < 5 * ABSOLUTE) {
        await sleep(ABSOLUTE / 6);
        last = await browser.get("/");
      }
      assert.equal(last.status, 401);
      assert.equal(last.text, "Your session has expired. Please log in again.");
      assert.ok(Date.now() - began >= ABSOLUTE - 50, "it ended early");

      browser.cookies.set("session", cookie);
      assert.equal((await browser.get("/")).status, 401);
    });
  });
}
