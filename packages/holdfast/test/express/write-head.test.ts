import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type ServerResponse } from "node:http";
import { it } from "node:test";
import { head, rawExchange } from "../support/raw.ts";
import { describeServers, serve } from "../support/servers.ts";
import { NAME } from "../support/session-app.ts";
import { WatchedStore } from "../support/watched-store.ts";

type Args = [status: number, ...rest: unknown[]];

const forms: Readonly<Record<string, { readonly args: Args; readonly cookies: readonly string[] }>> = {
  "a status": { args: [201], cookies: [] },
  "an object": { args: [201, { "Set-Cookie": "a=1", "X-Form": "1" }], cookies: ["a=1"] },
  "an object with a list": {
    args: [201, { "set-cookie": ["a=1", "b=2"], "X-Form": "1" }],
    cookies: ["a=1", "b=2"],
  },
  "a flat list": {
    args: [201, ["Set-Cookie", "a=1", "X-Form", "1", "Set-Cookie", "b=2"]],
    cookies: ["a=1", "b=2"],
  },
  "a flat list with a list": {
    args: [201, ["Set-Cookie", ["a=1", "b=2"], "X-Form", 1]],
    cookies: ["a=1", "b=2"],
  },
  "a list of pairs": {
    args: [
      201,
      [
        ["Set-Cookie", "a=1"],
        ["X-Form", "1"],
        ["Set-Cookie", "b=2"],
      ],
    ],
    cookies: ["a=1", "b=2"],
  },
  "a text and an object": { args: [201, "Made", { "X-Form": "1", "Set-Cookie": "a=1" }], cookies: ["a=1"] },
};

describeServers("writeHead", (server) => {
  for (const [name, { args, cookies }] of Object.entries(forms)) {
    for (const sync of [true, false]) {
      it(`given ${name}: keeps the app's headers and adds the session's, ${sync ? "at once" : "after a while"}`, async (test) => {
        const { agent } = await serve(test, server, { store: new WatchedStore({ sync }) }, (req, res) => {
          res.setHeader("X-Form", "replaced");
          req.session.n = 1;
          const returned: ServerResponse = Reflect.apply(res.writeHead, res, args);
          returned.end("done");
        });
        const answer = await rawExchange(agent.port, head("GET / HTTP/1.1", { Connection: "close" }));
        assert.match(answer, args.length === 3 ? /^HTTP\/1\.1 201 Made\r\n/ : /^HTTP\/1\.1 201 Created\r\n/);
        const set = [...answer.matchAll(/^set-cookie: ([^;\r]*)/gim)].map(([, cookie = ""]) => cookie);
        assert.deepEqual(set.slice(0, -1), cookies);
        assert.match(set.at(-1) ?? "", new RegExp(`^${NAME}=`));
        assert.deepEqual(
          [...answer.matchAll(/^x-form: (.*)\r$/gim)].map(([, value]) => value),
          name === "a status" ? ["replaced"] : ["1"],
        );
      });
    }
  }

  it("cannot smuggle in a session cookie of the app's own making", async (test) => {
    const { agent } = await serve(test, server, {}, (req, res) => {
      req.session.n = 1;
      res.writeHead(200, { "Set-Cookie": [`${NAME}=forged`, `${NAME} =forged too`, "other=1"] }).end();
    });
    const { setCookie } = await agent.get("/");
    assert.deepEqual(
      setCookie.map((cookie) => cookie.split("=")[0]),
      ["other", NAME],
    );
    assert.equal(
      setCookie.some((cookie) => cookie.includes("forged")),
      false,
    );
  });

  it("throws when it is called again, as without us", async (test) => {
    let code: unknown;
    const { agent } = await serve(test, server, {}, (req, res) => {
      req.session.n = 1;
      res.writeHead(200);
      try {
        res.writeHead(500);
      } catch (error) {
        ({ code } = error as NodeJS.ErrnoException);
      }
      res.end("done");
    });
    assert.deepEqual([(await agent.get("/")).status, code], [200, "ERR_HTTP_HEADERS_SENT"]);
  });
});

describeServers("Informational responses", (server) => {
  it("go out at once, without the session, and the reply after them is committed as usual", async (test) => {
    const store = new WatchedStore();
    const { agent } = await serve(test, server, { store }, (req, res) => {
      req.session.n = 1;
      res.writeEarlyHints({ link: "</style.css>; rel=preload" });
      res.writeProcessing();
      res.end("done");
    });
    const { reached, release } = store.hold("create");
    const outgoing = request({ host: "127.0.0.1", port: agent.port, agent: false }).end();
    const hints: unknown[] = [];
    outgoing.on("information", ({ statusCode, headers }) => hints.push([statusCode, Object.keys(headers)]));
    await reached;
    while (hints.length < 2) await once(outgoing, "information");
    assert.deepEqual(hints, [
      [103, ["link"]],
      [102, []],
    ]);
    release();
    const [reply] = await once(outgoing, "response");
    reply.resume();
    assert.deepEqual([reply.statusCode, reply.headers["set-cookie"]?.length], [200, 1]);
  });

  it("a client that waits for 100 Continue gets it and the reply", async (test) => {
    const { agent } = await serve(test, server, { store: new WatchedStore() }, (req, res) => {
      req.session.n = 1;
      req.resume().on("end", () => res.end("done"));
    });
    const expecting = { Expect: "100-continue", "Content-Length": "2", Connection: "close" };
    const answer = await rawExchange(agent.port, `${head("POST / HTTP/1.1", expecting)}ok`);
    assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /set-cookie: /i);
  });
});
