import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser } from "../support/browser.js";
import { start } from "../support/program.js";

const IDLE = 1_500;

describe("idle-timeout.js", () => {
  it("keeps a session that is used and ends one that is not, whatever the browser says", async (t) => {
    const { url } = await start(t, "idle-timeout.js", { IDLE_MS: String(IDLE) });
    const busy = new Browser(url);
    const quiet = new Browser(url);
    const login = await busy.get("/login");
    await quiet.get("/login");
    assert.match(login.setCookie[0], /; Max-Age=1; /);

    for (let elapsed = 0; elapsed < 2 * IDLE; elapsed += IDLE / 3) {
      await sleep(IDLE / 3);
      const reply = await busy.get("/");
      assert.equal(reply.status, 200);
      // Rolling: every reply gives the cookie its whole life again.
      assert.match(reply.setCookie[0], /; Max-Age=1; /);
    }
    // This browser keeps cookies that are over, as a thief would.
    const late = await quiet.get("/");
    assert.equal(late.status, 401);
    assert.equal(late.text, "Your session has expired. Please log in again.");
  });
});
