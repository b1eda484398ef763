import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("A function that gives the cookie options", () => {
  for (const https of [false, true]) {
    it(`may say secure: "auto", over ${https ? "HTTPS" : "HTTP"}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const cookie = () => ({ secure: "auto" }) as const;
        const { agent, errors } = await serveLegacy(
          test,
          library,
          { cookie },
          (req, res) => {
            req.session.n = 1;
            res.end(JSON.stringify(req.session.cookie.secure));
          },
          { https },
        );
        const { text, setCookie } = await agent.get("/");
        return { text, attributes: setCookie.map((header) => header.replace(/^[^;]*; /, "")), errors };
      });
      assert.deepEqual(outcome.expressSession, {
        text: '"auto"',
        attributes: https ? ["Path=/; HttpOnly; Secure"] : [],
        errors: [],
      });
      assert.deepEqual(outcome.compat, {
        text: String(https),
        attributes: [https ? "Path=/; HttpOnly; Secure" : "Path=/; HttpOnly"],
        errors: [],
      });
    });

    it(`may say sameSite: "auto", over ${https ? "HTTPS" : "HTTP"}`, async (test) => {
      const outcome = await sideBySide(async (library) => {
        const cookie = () => ({ sameSite: "auto" });
        const { agent, errors } = await serveLegacy(
          test,
          library,
          // @ts-expect-error: express-session's types do not know "auto" yet
          { cookie },
          (req, res) => {
            req.session.n = 1;
            res.end("done");
          },
          { https },
        );
        const { setCookie } = await agent.get("/");
        return { attributes: setCookie.map((header) => header.replace(/^[^;]*; /, "")), errors };
      });
      assert.deepEqual(outcome.expressSession, { attributes: [], errors: ["option sameSite is invalid"] });
      assert.deepEqual(outcome.compat, {
        attributes: [https ? "Path=/; HttpOnly; SameSite=None" : "Path=/; HttpOnly; SameSite=Lax"],
        errors: [],
      });
    });
  }
});
