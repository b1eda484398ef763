import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type Served, type ServerHandler, type ServerName, serve } from "../support/servers.ts";
import { everyStore } from "../support/stores.ts";
import { WatchedStore } from "../support/watched-store.ts";

const MANY = 100;

/** What the session holds before the requests. */
const SEED = { n: 0, list: [1], gone: true };

const stores: typeof everyStore = [
  ...everyStore,
  ["store that takes turns", () => new WatchedStore({ pause: () => new Promise(setImmediate) })],
];

/** A promise that resolves once it was asked for so many times. */
function barrier(count: number): () => Promise<void> {
  let arrived = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    if (++arrived === count) open();
    return opened;
  };
}

/** Signs in, then sends all requests at once. */
async function inParallel(
  test: TestContext,
  server: ServerName,
  makeStore: (typeof stores)[number][1],
  paths: readonly string[],
  handler: ServerHandler,
): Promise<{
  readonly statuses: ReadonlySet<number>;
  readonly data: Record<string, unknown>;
  readonly served: Served;
}> {
  const served = await serve(test, server, { store: makeStore(test) }, async (req, res) => {
    if (req.url === "/data") return res.end(JSON.stringify(req.session));
    await handler(req, res);
  });
  await served.agent.signIn("anna", { data: SEED });
  const replies = await Promise.all(paths.map((path) => served.agent.get(path)));
  assert.deepEqual(
    replies.flatMap(({ setCookie }) => setCookie),
    [],
  );
  const data = (await served.agent.get("/data")).json() as Record<string, unknown>;
  return { statuses: new Set(replies.map(({ status }) => status)), data, served };
}

const numbers = Array.from({ length: MANY }, (_, index) => index);

for (const server of ["Express 5", "node:http"] as const) {
  for (const [name, makeStore] of server === "Express 5" ? stores : everyStore) {
    describe(`${MANY} parallel requests to one session in a ${name}, on ${server}`, () => {
      it("that each set a key of their own all keep it, though all began with the same data", async (test) => {
        const allLoaded = barrier(MANY);
        const paths = numbers.map((index) => `/key${index}`);
        const { statuses, data } = await inParallel(test, server, makeStore, paths, async (req, res) => {
          void req.session.n;
          await allLoaded();
          req.session[(req.url ?? "").slice(1)] = req.url;
          res.end();
        });
        assert.deepEqual([...statuses], [200]);
        const expected = Object.fromEntries(paths.map((path) => [path.slice(1), path]));
        assert.deepEqual(data, { ...SEED, userId: "anna", ...expected });
      });

      it("that each count with update() are all counted, though all began with the same count", async (test) => {
        const allLoaded = barrier(MANY);
        const { statuses, data } = await inParallel(
          test,
          server,
          makeStore,
          numbers.map(() => "/"),
          async (req, res) => {
            req.session[`before${req.session.n}`] = 1;
            await allLoaded();
            await req.session.update(async (session) => {
              const n = Number(Reflect.get(session, "n"));
              await null;
              Reflect.set(session, "n", n + 1);
            });
            res.end();
          },
        );
        assert.deepEqual([...statuses], [200]);
        assert.deepEqual(data, { ...SEED, n: MANY, userId: "anna", before0: 1 });
      });
    });
  }
}

describe("Parallel requests to one session", () => {
  for (const [name, makeStore] of stores) {
    it(`that remove, add and replace keys all have their way, in a ${name}`, async (test) => {
      const allLoaded = barrier(4);
      const paths = ["/remove", "/add", "/replace", "/read"];
      const { data, served } = await inParallel(test, "Express 5", makeStore, paths, async (req, res) => {
        const list = req.session.list as number[];
        await allLoaded();
        if (req.url === "/remove") delete req.session.gone;
        if (req.url === "/add") req.session.added = true;
        if (req.url === "/replace") req.session.list = [...list, 2];
        res.end();
      });
      assert.deepEqual(data, { n: 0, userId: "anna", added: true, list: [1, 2] });
      assert.deepEqual(
        served.events.filter(({ type }) => type === "session_conflict"),
        [],
      );
    });

    it(`that change one key: the last writer wins, and an event says so, in a ${name}`, async (test) => {
      const allLoaded = barrier(2);
      const { data, served } = await inParallel(
        test,
        "Express 5",
        makeStore,
        ["/a", "/b"],
        async (req, res) => {
          void req.session.n;
          await allLoaded();
          req.session.n = req.url;
          res.end();
        },
      );
      assert.ok(data.n === "/a" || data.n === "/b");
      const conflicts = served.events.flatMap((event) =>
        event.type === "session_conflict" ? [event.keys] : [],
      );
      assert.deepEqual(conflicts, [["n"]]);
    });
  }
});
