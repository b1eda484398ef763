import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { type Library, outcomeOf, serveLegacy, sideBySide } from "../../support/side-by-side.ts";

type Send = (res: ServerResponse, done: () => void) => unknown;

describe("res.end with a callback, while the session is saved", () => {
  it("end(callback) is a reply, and calls back", async (test) => {
    const outcome = await ended(test, (res, done) => res.end(done));
    assert.deepEqual(outcome.expressSession, {
      reply: "socket hang up",
      called: 0,
      errors: [
        'The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received function',
      ],
    });
    assert.deepEqual(outcome.compat, { reply: "200 ", called: 1, errors: [] });
  });

  it("end(data, callback) is the reply, and calls back, in both", async (test) => {
    const outcome = await ended(test, (res, done) => res.end("done", done));
    assert.deepEqual(outcome.expressSession, { reply: "200 done", called: 1, errors: [] });
    assert.deepEqual(outcome.compat, { reply: "200 done", called: 1, errors: [] });
  });

  it("end(data, encoding, callback) calls back", async (test) => {
    const outcome = await ended(test, (res, done) => res.end("ZG9uZQ==", "base64", done));
    assert.deepEqual(outcome.expressSession, { reply: "200 done", called: 0, errors: [] });
    assert.deepEqual(outcome.compat, { reply: "200 done", called: 1, errors: [] });
  });
});

/** What becomes of a reply that `send` ends. */
function ended(
  test: Parameters<typeof serveLegacy>[0],
  send: Send,
): ReturnType<typeof sideBySide<{ reply: string; called: number; errors: readonly string[] }>> {
  return sideBySide(async (library: Library) => {
    let called = 0;
    const store = legacyStore(library);
    const { agent, errors } = await serveLegacy(test, library, { store }, (req, res) => {
      req.session.n = 1;
      send(res, () => called++);
    });
    const reply = await outcomeOf(agent.get("/"));
    return { reply, called, errors: errors.map((message) => message.replace(/ \S*$/, "")) };
  });
}
