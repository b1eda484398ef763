import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { serveLegacy, settle, sideBySide } from "../../support/side-by-side.ts";

describe("While a save hangs", () => {
  it("nothing of the reply leaves, not even all but its last byte", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      let reply: ServerResponse | undefined;
      const { agent } = await serveLegacy(test, library, { store }, (req, res) => {
        reply = res;
        req.session.n = 1;
        res.setHeader("Content-Length", 6);
        res.end("abcdef");
      });
      const held = store.hold("set");
      const pending = agent.get("/");
      await held.reached;
      await settle();
      const sent = reply?.socket?.bytesWritten ?? 0;
      const headLength = reply?.headersSent ? headOf(reply).length : 0;
      held.release();
      return { bytesOfBody: sent - headLength, headersSent: headLength > 0, text: (await pending).text };
    });
    assert.deepEqual(outcome.expressSession, { bytesOfBody: 5, headersSent: true, text: "abcdef" });
    assert.deepEqual(outcome.compat, { bytesOfBody: 0, headersSent: false, text: "abcdef" });
  });
});

/** The head as it went over the wire. */
function headOf(res: ServerResponse): string {
  const head: unknown = Reflect.get(res, "_header");
  return typeof head === "string" ? head : "";
}
