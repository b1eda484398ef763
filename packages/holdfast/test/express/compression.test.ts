import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { type Sessions, session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import { NAME, strongSecret } from "../support/session-app.ts";
import { get } from "../support/streaming.ts";
import { WatchedStore } from "../support/watched-store.ts";
import { dataOf, layouts, newExpress, start } from "../support/wrapped-apps.ts";
import { compress, type Wrapper } from "../support/wrappers.ts";

/** Wraps the functions that end a reply and changes nothing. */
const marked: Wrapper = (_req, res, next) => {
  const { write, end } = res;
  res.write = (...args: unknown[]): boolean => Reflect.apply(write, res, args);
  res.end = (...args: unknown[]): ServerResponse => Reflect.apply(end, res, args);
  next();
};

describe("Compression", () => {
  for (const [where, mount] of Object.entries(layouts)) {
    for (const sync of [true, false]) {
      it(`${where}, where the store answers ${sync ? "at once" : "later"}: body and session are whole`, async (test) => {
        const { agent } = await start(test, mount, new WatchedStore({ sync }), compress, (req, res) => {
          const n = (dataOf(req).n ?? 0) + 1;
          if (req.url === "/untouched") return res.end("untouched");
          dataOf(req).n = n;
          if (req.url === "/end") return res.end(`n is ${n}`);
          res.setHeader("Content-Length", 7);
          res.write("n ");
          res.write("is ");
          return res.end(`${n}!`);
        });
        for (let n = 1; n <= 4; n += 2) {
          assert.deepEqual(await compressed(agent, "/end"), [`n is ${n}`, n === 1]);
          assert.deepEqual(await compressed(agent, "/write"), [`n is ${n + 1}!`, false]);
          assert.deepEqual(await compressed(agent, "/untouched"), ["untouched", false]);
        }
      });

      it(`${where}, where the store fails ${sync ? "at once" : "later"}: the reply is an error that can be read`, async (test) => {
        const store = new WatchedStore({ sync });
        store.fail("create", new Error("the disk is gone"));
        const { agent } = await start(test, mount, store, compress, (req, res) => {
          dataOf(req).n = 1;
          if (req.url === "/end") return res.end("done");
          res.write("do");
          return res.end("ne");
        });
        for (const path of ["/end", "/write"]) {
          const reply = await fetchBytes(agent, path);
          assert.equal(reply.statusCode, 503);
          assert.equal(reply.headers["set-cookie"], undefined);
          const { body } = reply;
          const text = String(reply.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
          assert.match(text, /did not answer/);
        }
      });
    }

    it(`${where}: requests that overlap the very first keep their session too`, async (test) => {
      const answer = (req: IncomingMessage, res: ServerResponse): void => {
        dataOf(req).n = 1;
        res.end("done");
      };
      let letGo = (): void => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const slowly: Wrapper = (req, res, next) =>
        compress(req, res, () => void (req.url === "/slow" ? held.then(next) : next()));
      const store = new WatchedStore({ sync: true });
      const { agent } = await start(test, mount, store, slowly, answer);
      const slow = get(agent, "/slow");
      assert.equal((await compressed(agent.newBrowser(), "/"))[1], true);
      letGo();
      const [reply]: IncomingMessage[] = await once(slow, "response");
      reply?.resume();
      assert.equal(reply?.headers["set-cookie"]?.length, 1);
    });
  }
});

describe("Compression between two sessions, with more of it around them", () => {
  const mounts: Readonly<
    Record<string, (shop: Sessions, admin: Sessions, handler: RequestListener) => RequestListener>
  > = {
    "on Express": (shop, admin, handler) =>
      newExpress()().use(marked, shop, compress, admin, marked, handler),
    "on node:http": (shop, admin, handler) => (req, res) =>
      marked(req, res, () =>
        shop(req, res, () => compress(req, res, () => admin(req, res, () => handler(req, res)))),
      ),
    "on node:http and in the Express app it calls": (shop, admin, handler) => {
      const app = newExpress()().use(compress, admin, marked, handler);
      return (req, res) => shop(req, res, () => app(req, res));
    },
  };
  for (const [where, mount] of Object.entries(mounts)) {
    it(`is applied once and keeps both, ${where}`, async (test) => {
      const store = new WatchedStore({ sync: true });
      const shop = session({ secret: strongSecret(), name: "shop", store });
      const admin = session({ secret: strongSecret(), name: "admin", store });
      const agent = await testAgent(
        mount(shop, admin, (req, res) => {
          for (const sessions of [shop, admin]) Object.assign(sessions.get(req) ?? {}, { n: 1 });
          if (req.url === "/end") return void res.end("done");
          res.setHeader("Content-Length", 4);
          res.write("do");
          res.write("ne");
          res.end();
        }),
      );
      test.after(() => agent.close());
      for (const path of ["/end", "/write", "/end"]) {
        const { headers, body } = await fetchBytes(agent, path);
        assert.equal(gunzipSync(body).toString(), "done");
        assert.equal(headers["set-cookie"]?.length, 2);
      }
    });
  }
});

/** The reply's text, and whether it set the session cookie, which the agent then keeps. */
async function compressed(agent: TestAgent, path: string): Promise<[text: string, cookie: boolean]> {
  const { headers, body } = await fetchBytes(agent, path);
  assert.equal(headers["content-encoding"], "gzip");
  const cookie = headers["set-cookie"]?.[0]?.split(";")[0]?.slice(NAME.length + 1);
  if (cookie !== undefined) agent.cookies.set(NAME, cookie);
  return [gunzipSync(body).toString(), cookie !== undefined];
}

async function fetchBytes(
  agent: TestAgent,
  path: string,
): Promise<Pick<IncomingMessage, "statusCode" | "headers"> & { body: Buffer }> {
  const [reply] = await once(get(agent, path), "response");
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk);
  return { statusCode: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks) };
}
