import assert from "node:assert/strict";
import { it } from "node:test";
import { HoldfastError } from "../../src/index.ts";
import { head, rawExchange } from "../support/raw.ts";
import { sendFile } from "../support/replies.ts";
import { type AppRequest, describeServers, type ServerHandler, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

const BROKEN_OFF = { code: "ECONNRESET" };

/** Replies whose headers are out before `change` runs. */
const lateReplies: Readonly<Record<string, (change: () => void) => ServerHandler>> = {
  "res.write": (change) => (_req, res) => {
    res.write("do");
    change();
    res.end("ne");
  },
  flushHeaders: (change) => (_req, res) => {
    res.flushHeaders();
    change();
    res.end("done");
  },
  "a file": (change) => (_req, res) => {
    res.once("drain", change);
    sendFile(res);
  },
};

describeServers("Changes made after the headers went out", (server) => {
  for (const [kind, reply] of Object.entries(lateReplies)) {
    for (const sync of [true, false]) {
      const when = sync ? "at once" : "after a while";

      it(`${kind}: are saved before the reply ends, where the store answers ${when}`, async (test) => {
        const store = new WatchedStore({ sync });
        const { agent } = await serve(test, server, { store }, (req, res) => {
          if (req.url === "/read") return res.end(JSON.stringify(req.session));
          if (req.url === "/begin") return begin(req, res);
          // Loaded before the headers go, changed afterwards.
          void req.session.n;
          return reply(() => {
            req.session.n = 2;
          })(req, res);
        });
        await agent.get("/begin");

        const answer = await agent.get("/");
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.setCookie, []);
        assert.equal((await agent.get("/read")).text, '{"n":2}');
      });

      it(`${kind}: break the connection off if they cannot be saved, where the store fails ${when}`, async (test) => {
        const store = new WatchedStore({ sync });
        const { agent, events } = await serve(test, server, { store }, (req, res) => {
          if (req.url !== "/") return begin(req, res);
          void req.session.n;
          return reply(() => {
            req.session.n = 2;
          })(req, res);
        });
        await agent.get("/begin");
        store.fail("update", new Error("the disk is gone"));

        await assert.rejects(agent.get("/"), BROKEN_OFF);
        assert.equal(events.at(-1)?.type, "store_error");
        store.fail("update", undefined);
        assert.equal((await agent.get("/begin")).status, 200);
      });
    }
  }

  it("are saved where they were made while the first save was held", async (test) => {
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      if (req.url !== "/") return res.end(JSON.stringify(req.session));
      req.session.n = 1;
      res.write("do");
      req.session.n = 2;
      return res.end("ne");
    });
    assert.equal((await agent.get("/")).text, "done");
    assert.equal((await agent.get("/read")).text, '{"n":2}');
  });

  it("come too late once the reply has ended, and do it no harm", async (test) => {
    for (const sync of [true, false]) {
      const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
        if (req.url === "/read") return res.end(JSON.stringify(req.session));
        req.session.n = 1;
        res.end("done");
        req.session.n = 2;
        return res.end();
      });
      assert.equal((await agent.get("/")).text, "done");
      assert.equal((await agent.get("/read")).text, '{"n":1}');
    }
  });

  it("are not lost where the session is first looked at after the headers", async (test) => {
    const { agent } = await serve(test, server, {}, (req, res) => {
      if (req.url !== "/") return begin(req, res);
      res.write("do");
      req.session.n = Number(req.session.n) + 1;
      return res.end("ne");
    });
    await agent.get("/begin");
    assert.equal((await agent.get("/")).text, "done");
    assert.equal((await agent.get("/begin")).text, '{"n":2}');
  });

  it("break off a reply of known length before its last byte", async (test) => {
    const store = new WatchedStore();
    const sent: (number | undefined)[] = [];
    const { agent } = await serve(test, server, { store }, async (req, res) => {
      if (req.url !== "/") return begin(req, res);
      const { socket } = res;
      const n = Number(req.session.n);
      res.setHeader("Content-Length", 4);
      res.once("close", () => sent.push(socket?.bytesWritten));
      res.write(Buffer.from("do"));
      // Each piece leaves on its own.
      await new Promise(setImmediate);
      req.session.n = n + 1;
      res.write("!", "utf16le");
      await new Promise(setImmediate);
      res.end();
    });
    await agent.get("/begin");
    assert.equal((await agent.get("/")).text, "do!\0");
    store.fail("update", new Error("the disk is gone"));
    await assert.rejects(agent.get("/"), BROKEN_OFF);
    const [whole = 0, broken = 0] = sent;
    assert.equal(whole - broken, 2);
  });

  it("break off an HTTP/1.0 reply, whose end is the end of the connection, so that it does not look complete", async (test) => {
    const store = new WatchedStore();
    const { agent } = await serve(test, server, { store }, (req, res) => {
      if (req.url !== "/") return begin(req, res);
      void req.session.n;
      res.write("done");
      req.session.n = 2;
      return res.end();
    });
    await agent.get("/begin");
    store.fail("update", new Error("the disk is gone"));
    const request = head("GET / HTTP/1.0", { Cookie: `${NAME}=${agent.cookies.get(NAME)}` });
    await assert.rejects(rawExchange(agent.port, request), { code: "ECONNRESET" });
  });

  it("cannot begin a session, for the client would never hear of it", async (test) => {
    const store = new WatchedStore();
    const { agent } = await serve(test, server, { store }, (req, res) => {
      void req.session.n;
      res.write("do");
      req.session.n = 1;
      res.end("ne");
    });
    await assert.rejects(agent.get("/"), BROKEN_OFF);
    assert.deepEqual(store.calls, []);
  });

  it("cannot change the user: signIn throws, an assigned user breaks the reply off, the session stays as it was", async (test) => {
    let thrown: unknown;
    const { agent } = await serve(test, server, {}, async (req, res) => {
      if (req.url === "/begin") return begin(req, res);
      void req.session.n;
      res.write("do");
      if (req.url === "/signIn") {
        await req.session.signIn("anna").catch((error) => {
          thrown = error;
        });
      } else req.session.userId = "anna";
      res.end("ne");
    });
    await agent.get("/begin");
    const cookie = agent.cookies.get(NAME);

    assert.equal((await agent.get("/signIn")).text, "done");
    assert.equal(thrown instanceof HoldfastError && thrown.code, "ERR_HOLDFAST_HEADERS_SENT");
    await assert.rejects(agent.get("/assign"), BROKEN_OFF);
    assert.equal((await agent.get("/begin")).text, '{"n":1}');
    assert.equal(agent.cookies.get(NAME), cookie);
  });
});

/** Begins a session, or shows it. */
function begin(req: AppRequest, res: Parameters<ServerHandler>[1]): void {
  req.session.n ??= 1;
  res.end(JSON.stringify(req.session));
}
