import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { describe } from "node:test";
import { testAgent } from "../../src/testing/agent.ts";
import { legacyStore } from "../support/legacy-store.ts";
import { itInBoth, type LegacyHandler, serveLegacy } from "../support/side-by-side.ts";

const replies: Readonly<Record<string, readonly [send: (res: ServerResponse) => unknown, text: string]>> = {
  "end()": [(res) => res.end(), ""],
  "end(null)": [(res) => res.end(null), ""],
  "end(text)": [(res) => res.end("done"), "done"],
  "end(text, encoding)": [(res) => res.end("ZG9uZQ==", "base64"), "done"],
  "end(buffer)": [(res) => res.end(Buffer.from("done")), "done"],
  'end("")': [(res) => res.end(""), ""],
  "end() with a length of 0": [(res) => res.setHeader("Content-Length", 0).end(), ""],
  "end(text) with a length": [(res) => res.setHeader("Content-Length", 4).end("done"), "done"],
  "end(buffer) with a length": [(res) => res.setHeader("Content-Length", 4).end(Buffer.from("done")), "done"],
  "end(text, encoding) with a length": [
    (res) => res.setHeader("Content-Length", 4).end("646f6e65", "hex"),
    "done",
  ],
  "write, end": [
    (res) => {
      res.write("do");
      res.end("ne");
    },
    "done",
  ],
  "write, end with a length": [
    (res) => {
      res.setHeader("Content-Length", 4);
      res.write("do");
      res.end("ne");
    },
    "done",
  ],
  "writeHead, end": [(res) => res.writeHead(200, { "X-A": "b" }).end("done"), "done"],
  "writeHead with a length, end": [(res) => res.writeHead(200, { "Content-Length": 4 }).end("done"), "done"],
};

const ways = [
  ["at once", "node:http"],
  ["later", "node:http"],
  ["at once", "Express 5"],
  ["later", "Express 5"],
  ["later", "Express 4"],
] as const;

describe("When the reply has arrived", () => {
  for (const [form, [send, text]] of Object.entries(replies)) {
    for (const [answers, server] of ways) {
      itInBoth(
        `the session is stored: ${form}, store answers ${answers}, on ${server}`,
        async (test, library) => {
          const store = legacyStore(library, { answers });
          const { agent, errors } = await serveLegacy(
            test,
            library,
            { store },
            (req, res) => {
              req.session.n = 1;
              send(res);
            },
            { server },
          );
          const reply = await agent.get("/");
          assert.deepEqual([reply.status, reply.text, reply.setCookie.length], [200, text, 1]);
          const [row = ""] = store.rows.values();
          assert.equal(JSON.parse(row).n, 1);
          assert.deepEqual(errors, []);
        },
      );
    }
  }

  itInBoth("a head without a body has the cookie too", async (test, library) => {
    const { agent } = await serveLegacy(test, library, { saveUninitialized: true }, (_req, res) =>
      res.end("done"),
    );
    const { text, setCookie } = await agent.send("/", { method: "HEAD" });
    assert.deepEqual([text, setCookie.length], ["", 1]);
    const [none] = [await agent.newBrowser().get("/")];
    assert.equal(none.setCookie.length, 1);
  });
});

describe("A reply that is ended twice", () => {
  for (const server of ["node:http", "Express 5", "Express 4"] as const) {
    itInBoth(`is the first, on ${server}`, async (test, library) => {
      const handler: LegacyHandler = (req, res) => {
        req.session.n = 1;
        res.setHeader("Content-Type", "text/plain");
        res.end("first");
        res.end("second");
      };
      const { agent } = await serveLegacy(test, library, {}, handler, { server });
      const { headers, text } = await agent.get("/");
      assert.deepEqual([headers["content-type"], text], ["text/plain", "first"]);
    });
  }

  itInBoth("refuses headers after the first, as without sessions", async (test, library) => {
    const late = (res: ServerResponse): string => {
      res.end("first");
      try {
        res.setHeader("Content-Length", 6);
        res.end("second");
        return "accepted";
      } catch (error) {
        return String(Reflect.get(Object(error), "code"));
      }
    };
    let bare = "";
    const without = await testAgent((_req, res) => {
      bare = late(res);
    });
    test.after(() => without.close());
    await without.get("/");

    let told = "";
    const { agent } = await serveLegacy(test, library, {}, (_req, res) => {
      told = late(res);
    });
    const { text } = await agent.get("/");
    assert.deepEqual([text, told], ["first", bare]);
  });
});

describe("Other middleware that wraps res.write and res.end", () => {
  /** Throws where something is written after the end. */
  const guard = (res: ServerResponse): void => {
    const { write, end } = res;
    let ended = false;
    res.end = ((...args: unknown[]) => {
      ended = true;
      return Reflect.apply(end, res, args);
    }) as typeof end;
    res.write = ((...args: unknown[]) => {
      if (ended) throw new Error("write after end");
      return Reflect.apply(write, res, args);
    }) as typeof write;
  };

  itInBoth("before the session's works on", async (test, library) => {
    const { agent, errors } = await serveLegacy(
      test,
      library,
      { store: legacyStore(library) },
      (req, res) => {
        req.session.n = 1;
        res.write("do");
        res.end("ne");
      },
      { before: (_req, res) => guard(res) },
    );
    assert.equal((await agent.get("/")).text, "done");
    assert.deepEqual(errors, []);
  });

  itInBoth("after the session's works on", async (test, library) => {
    const { agent, errors } = await serveLegacy(
      test,
      library,
      { store: legacyStore(library) },
      (req, res) => {
        guard(res);
        req.session.n = 1;
        res.write("do");
        res.end("ne");
      },
    );
    assert.equal((await agent.get("/")).text, "done");
    assert.deepEqual(errors, []);
  });
});

describe("Cookies of the app", () => {
  const forms: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
    "setHeader with a string": (res) => res.setHeader("Set-Cookie", "a=1").end(),
    "setHeader with a list": (res) => res.setHeader("Set-Cookie", ["a=1"]).end(),
    appendHeader: (res) => res.appendHeader("Set-Cookie", "a=1").end(),
    "writeHead with an object": (res) => res.writeHead(200, { "Set-Cookie": "a=1" }).end(),
    "writeHead with a list in an object": (res) => res.writeHead(200, { "Set-Cookie": ["a=1"] }).end(),
    "writeHead with a reason": (res) => res.writeHead(200, "Fine", { "Set-Cookie": "a=1" }).end(),
  };
  for (const [form, send] of Object.entries(forms)) {
    itInBoth(`stay beside the session's: ${form}`, async (test, library) => {
      const { agent } = await serveLegacy(test, library, { saveUninitialized: true }, (_req, res) =>
        send(res),
      );
      const { setCookie } = await agent.get("/");
      assert.deepEqual(
        setCookie.map((header) => header.split("=")[0]),
        ["a", "connect.sid"],
      );
    });
  }
});

describe("A request that a server without Express handles", () => {
  itInBoth("needs nothing but req, res and next", async (test, library) => {
    const sessions = library({ secret: "x", resave: false, saveUninitialized: true });
    const server = createServer((req, res) =>
      Reflect.apply(sessions, undefined, [req, res, () => res.end("done")]),
    );
    test.after(() => server.close());
    const agent = await testAgent((req, res) => void server.emit("request", req, res), { https: false });
    test.after(() => agent.close());
    const { text, setCookie } = await agent.get("/");
    assert.deepEqual([text, setCookie.length], ["done", 1]);
  });
});
