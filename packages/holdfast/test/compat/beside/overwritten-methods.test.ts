import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { outcomeOf, serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("An app that writes over a method of the session", () => {
  it('gets its reply after req.session.touch = "x", and the session is kept', async (test) => {
    const outcome = await sideBySide(async (library) => {
      const { agent, errors } = await serveLegacy(test, library, {}, (req, res) => {
        if (req.url === "/set") Object.assign(req.session, { touch: "x", n: 1 });
        res.end(String(req.session.n));
      });
      return { replies: [await outcomeOf(agent.get("/set")), await outcomeOf(agent.get("/"))], errors };
    });
    assert.deepEqual(outcome.expressSession, {
      replies: ["socket hang up", "200 undefined"],
      errors: ["req.session.touch is not a function"],
    });
    assert.deepEqual(outcome.compat, { replies: ["200 1", "200 1"], errors: [] });
  });

  it('gets its reply after req.session.save = "x", and the session is kept', async (test) => {
    const outcome = await sideBySide(async (library) => {
      const { agent, errors } = await serveLegacy(test, library, {}, (req, res) => {
        if (req.url === "/set") Object.assign(req.session, { save: "x", n: 1 });
        res.end(String(req.session.n));
      });
      return { replies: [await outcomeOf(agent.get("/set")), await outcomeOf(agent.get("/"))], errors };
    });
    assert.deepEqual(outcome.expressSession, {
      replies: ["socket hang up", "200 undefined"],
      errors: ["req.session.save is not a function"],
    });
    assert.deepEqual(outcome.compat, { replies: ["200 1", "200 1"], errors: [] });
  });
});
