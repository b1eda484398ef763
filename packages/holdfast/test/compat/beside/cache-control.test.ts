import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("A reply that sets a session cookie", () => {
  const replacements = {
    "public, max-age=3600": "private, max-age=3600",
    "s-maxage=600": "private",
    "max-age=60": "private, max-age=60",
    "no-store": "no-store",
  };
  for (const [header, kept] of Object.entries(replacements)) {
    it(`does not let shared caches hand it to others, though the app says ${header}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const { agent } = await serveLegacy(test, library, {}, (req, res) => {
          if (req.url === "/set") req.session.n = 1;
          res.setHeader("Cache-Control", header);
          res.end();
        });
        const first = await agent.get("/set");
        const later = await agent.get("/");
        return {
          cookies: [first.setCookie.length, later.setCookie.length],
          caching: [first.headers["cache-control"], later.headers["cache-control"]],
        };
      });
      assert.deepEqual(outcome.expressSession, { cookies: [1, 0], caching: [header, header] });
      assert.deepEqual(outcome.compat, { cookies: [1, 0], caching: [kept, header] });
    });
  }
});
