import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { asFastAsPossible, type Target } from "../src/served/load.ts";

const USERS = 64;

describe("load as fast as a server takes it", () => {
  it("comes from all users, and never twice from one at once", async (t) => {
    const atOnce = new Map<string, number>();
    let most = 0;
    const server = createServer((req, res) => {
      const user = String(req.headers.cookie);
      const before = atOnce.get(user) ?? 0;
      atOnce.set(user, before + 1);
      most = Math.max(most, before + 1);
      setImmediate(() => {
        atOnce.set(user, (atOnce.get(user) ?? 0) - 1);
        res.end("done");
      });
    });
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const target: Target = {
      url: `http://127.0.0.1:${port}`,
      requests: () =>
        Array.from({ length: USERS }, (_, user) => ({
          method: "POST",
          path: "/write",
          headers: { cookie: `user=${user}` },
        })),
    };
    await asFastAsPossible(target, "write", 4 * USERS);
    assert.equal(most, 1);
    assert.equal(atOnce.size, USERS);
  });
});
