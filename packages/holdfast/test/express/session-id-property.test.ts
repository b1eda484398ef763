import assert from "node:assert/strict";
import { it } from "node:test";
import { describeServers, sendJson, serve } from "../support/servers.ts";

describeServers("req.sessionID", (server) => {
  it("is the session's handle, for a session that came and for one that is not stored yet", async (test) => {
    const { agent } = await serve(test, server, {}, (req, res) => {
      const { handle } = req.session;
      const id: unknown = Reflect.get(req, "sessionID");
      assert.throws(() => Reflect.set(req, "sessionID", "planted"), { code: "ERR_HOLDFAST_RESERVED_NAME" });
      sendJson(res, { id, same: id === handle && Reflect.get(req, "sessionID") === handle });
    });
    const fresh = (await agent.get("/")).json() as { id: string; same: boolean };
    assert.match(fresh.id, /^[\w-]{22}$/);
    assert.ok(fresh.same);
    await agent.signIn("anna");
    const { id, same } = (await agent.get("/")).json() as { id: string; same: boolean };
    assert.equal([...agent.cookies.values()][0]?.split(".")[1], id);
    assert.ok(same);
  });
});
