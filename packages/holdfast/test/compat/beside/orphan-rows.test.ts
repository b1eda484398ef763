import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("A Secure cookie and a request over HTTP", () => {
  it("leave no row behind for a cookie that was never sent", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent, errors } = await serveLegacy(
        test,
        library,
        { store, cookie: { secure: true } },
        (req, res) => {
          req.session.visits = Number(req.session.visits ?? 0) + 1;
          res.end(String(req.session.visits));
        },
      );
      const replies = [await agent.get("/"), await agent.get("/"), await agent.get("/")];
      return {
        texts: replies.map(({ text }) => text),
        cookies: replies.flatMap(({ setCookie }) => setCookie),
        rows: store.rows.size,
        errors,
      };
    });
    const reply = { texts: ["1", "1", "1"], cookies: [], errors: [] };
    assert.deepEqual(outcome.expressSession, { ...reply, rows: 3 });
    assert.deepEqual(outcome.compat, { ...reply, rows: 0 });
  });
});
