import assert from "node:assert/strict";
import { it } from "node:test";
import { escaped } from "../support/escaped.ts";
import { head, rawConnection, rawExchange } from "../support/raw.ts";
import { describeServers, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

/** The replies in what a connection received: status and body. */
function repliesIn(received: string): (readonly [status: number, body: string])[] {
  return received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .map((reply) => [Number(reply.slice(9, 12)), reply.slice(reply.indexOf("\r\n\r\n") + 4)]);
}

describeServers("Requests pipelined on one connection", (server) => {
  it("are answered in order, each with its own session, while the first one's save is held", async (test) => {
    const store = new WatchedStore();
    const { agent } = await serve(test, server, { store }, (req, res) => {
      if (req.url === "/first") req.session.n = 1;
      res.end(`${req.url} ${JSON.stringify(req.session)}`);
      if (req.url === "/last") release();
    });
    const other = agent.newBrowser();
    await agent.signIn("anna");
    await other.signIn("boris");
    const { release } = store.hold("create");
    const cookie = (browser: typeof agent): Record<string, string> => ({
      Cookie: `${NAME}=${browser.cookies.get(NAME)}`,
    });

    const received = await rawExchange(
      agent.port,
      head("GET /first HTTP/1.1") +
        head("GET /anna HTTP/1.1", cookie(agent)) +
        head("GET /nobody HTTP/1.1") +
        head("GET /boris HTTP/1.1", cookie(other)) +
        head("GET /last HTTP/1.1", { Connection: "close" }),
    );
    assert.deepEqual(repliesIn(received), [
      [200, '/first {"n":1}'],
      [200, '/anna {"userId":"anna"}'],
      [200, "/nobody {}"],
      [200, '/boris {"userId":"boris"}'],
      [200, "/last {}"],
    ]);
    const cookies = received.match(/set-cookie: [^;]*/gi);
    assert.equal(cookies?.length, 1);
    assert.ok(received.indexOf(cookies?.[0] ?? "") < received.indexOf("/first"));
  });

  it("that fail to save take nobody with them", async (test) => {
    const store = new WatchedStore();
    store.fail("create", new Error("the disk is gone"));
    const { agent } = await serve(test, server, { store }, (req, res) => {
      if (req.url === "/stream") {
        req.session.n = 1;
        res.write("do");
        res.end("ne");
      } else if (req.url === "/end") {
        req.session.n = 1;
        res.end("done");
      } else res.end("fine");
    });
    const received = await rawExchange(
      agent.port,
      head("GET /stream HTTP/1.1") +
        head("GET / HTTP/1.1") +
        head("GET /end HTTP/1.1") +
        head("GET / HTTP/1.1", { Connection: "close" }),
    );
    assert.deepEqual(
      repliesIn(received).map(([status]) => status),
      [503, 200, 503, 200],
    );
    assert.doesNotMatch(received, /done|set-cookie/i);
  });

  it("are not broken off before an earlier reply is complete", async (test) => {
    const found = escaped(test);
    let finishFirst = (): void => {};
    const { agent } = await serve(test, server, {}, (req, res) => {
      if (req.url === "/first") {
        res.write("fir");
        finishFirst = () => res.end("st");
        return;
      }
      void req.session.n;
      res.write("second");
      // A session cannot begin after the headers.
      req.session.n = 1;
      res.end("!");
      finishFirst();
    });
    const socket = await rawConnection(agent.port);
    socket.write(head("GET /first HTTP/1.1") + head("GET /second HTTP/1.1"));
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      received += chunk;
    });
    await new Promise((resolve) => socket.once("error", () => {}).once("close", resolve));
    assert.match(received, /^HTTP\/1\.1 200 OK\r\n.*3\r\nfir\r\n2\r\nst\r\n0\r\n\r\n/s);
    assert.doesNotMatch(received, /second!|1\r\n!/);
    assert.deepEqual(found, []);
  });
});
