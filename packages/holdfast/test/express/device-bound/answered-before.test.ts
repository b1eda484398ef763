import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequestHandler } from "express";
import { boundBrowser, deviceApp } from "../../support/device-app.ts";
import { newDeviceKey, registrationProof } from "../../support/device-keys.ts";
import { WatchedStore } from "../../support/watched-store.ts";

describe("A request about a device that somebody else has answered meanwhile, with a time-out", () => {
  const requests: Readonly<Record<string, readonly [path: string, method: "GET" | "POST"]>> = {
    "a refresh": ["/device-bound/refresh", "POST"],
    "a registration": ["/device-bound/register", "POST"],
    "a navigation without a proof": ["/me", "GET"],
  };
  for (const [what, [path, method]] of Object.entries(requests)) {
    it(`does the server no harm: ${what}`, async (test) => {
      let hurry = false;
      const late: RequestHandler = (_req, res, next) => {
        next();
        if (hurry) res.status(503).end();
      };
      const store = new WatchedStore();
      const app = await deviceApp(test, [store], {}, [late]);
      const browser = await boundBrowser(app);
      const { id = "" } = browser.binding ?? {};
      app.clock.advance("11m");
      hurry = true;
      const { reached, release } = store.hold("read");
      const reply = await browser.raw(path, method, {
        "sec-secure-session-id": id,
        "secure-session-response": registrationProof(newDeviceKey(), "c".repeat(43), id),
        "sec-fetch-mode": "navigate",
      });
      assert.equal(reply.status, 503);
      await reached;
      release();
      hurry = false;
      assert.equal((await browser.json("/me")).userId, "anna");
    });
  }
});
