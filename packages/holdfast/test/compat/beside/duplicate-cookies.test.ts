import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("Two session cookies of one name, as a subdomain or another path can plant them", () => {
  const planted: Readonly<Record<string, (genuine: string) => string>> = {
    "a forged one first": (genuine) => `connect.sid=s%3Aplanted.forged; connect.sid=${genuine}`,
    "a forged one last": (genuine) => `connect.sid=${genuine}; connect.sid=s%3Aplanted.forged`,
    "one without a signature first": (genuine) => `connect.sid=planted; connect.sid=${genuine}`,
    "an empty one first": (genuine) => `connect.sid=; connect.sid=${genuine}`,
  };
  for (const [order, header] of Object.entries(planted)) {
    it(`leave the genuine session in force: ${order}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const { agent } = await serveLegacy(test, library, {}, (req, res) => {
          if (req.url === "/login") req.session.user = "anna";
          res.end(String(req.session.user ?? "nobody"));
        });
        await agent.get("/login");
        const cookie = header(agent.cookies.get("connect.sid") ?? "");
        return (await agent.newBrowser().get("/", { headers: { cookie } })).text;
      });
      assert.equal(outcome.expressSession, order.endsWith("first") ? "nobody" : "anna");
      assert.equal(outcome.compat, "anna");
    });
  }
});
