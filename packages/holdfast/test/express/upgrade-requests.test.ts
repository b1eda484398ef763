import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { session } from "../../src/index.ts";
import { signInForTest } from "../../src/testing/sign-in.ts";
import { head, rawExchange } from "../support/raw.ts";
import { strongSecret } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

describe("A request to upgrade, such as a WebSocket's", () => {
  for (const sync of [true, false]) {
    for (const standIn of [true, false]) {
      const response = standIn ? "an empty object" : "a response of its own";
      it(`can be asked for its session with ${response}, where the store answers ${sync ? "at once" : "later"}`, async (test) => {
        const sessions = session({ secret: strongSecret(), store: new WatchedStore({ sync }) });
        const server = createServer().listen(0, "127.0.0.1");
        server.on("connection", (socket) => Object.defineProperty(socket, "encrypted", { value: true }));
        server.on("upgrade", (req, socket) => {
          const res = standIn ? ({} as ServerResponse) : new ServerResponse(req);
          sessions(req, res, () => socket.end(JSON.stringify(sessions.get(req))));
        });
        await once(server, "listening");
        test.after(() => server.close());
        const address = server.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;

        const upgrade = { Connection: "Upgrade", Upgrade: "websocket" };
        const cookie = await signInForTest(sessions, "anna");
        const known = head("GET / HTTP/1.1", { ...upgrade, Cookie: cookie });
        assert.equal(await rawExchange(port, known), '{"userId":"anna"}');
        assert.equal(await rawExchange(port, head("GET / HTTP/1.1", upgrade)), "{}");
      });
    }
  }
});
