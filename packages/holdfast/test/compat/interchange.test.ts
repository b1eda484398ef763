import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { type LegacyStore, legacyStore } from "../support/legacy-store.ts";
import {
  type LegacyOptions,
  libraries,
  type ServedApp,
  serveLegacy,
  stoppedTime,
} from "../support/side-by-side.ts";

type Name = keyof typeof libraries;

const directions: readonly (readonly [from: Name, to: Name])[] = [
  ["expressSession", "compat"],
  ["compat", "expressSession"],
];

/** One app on each library, on one database and with one secret. */
async function twins(
  test: TestContext,
  options: LegacyOptions = {},
): Promise<{ readonly rows: LegacyStore["rows"]; readonly apps: Readonly<Record<Name, ServedApp>> }> {
  const rows = new Map<string, string>();
  const start = (name: Name): Promise<ServedApp> => {
    const store = legacyStore(libraries[name], { rows });
    return serveLegacy(test, libraries[name], { store, ...options }, async (req, res) => {
      const url = new URL(req.url ?? "", "http://localhost");
      if (url.pathname === "/set")
        Object.assign(req.session, JSON.parse(url.searchParams.get("data") ?? "{}"));
      if (url.pathname === "/end") return req.session.destroy(() => res.end("over"));
      if (url.pathname === "/new") await new Promise((resolve) => req.session.regenerate(resolve));
      const { cookie, ...data } = req.session;
      res.end(JSON.stringify({ data, cookie }));
    });
  };
  return { rows, apps: { expressSession: await start("expressSession"), compat: await start("compat") } };
}

const setting = (data: object): string => `/set?data=${encodeURIComponent(JSON.stringify(data))}`;

describe("A deployment that runs express-session and holdfast/compat side by side", () => {
  for (const [from, to] of directions) {
    it(`keeps sessions that go from ${from} to ${to} and back`, async (test) => {
      stoppedTime(test);
      const { apps } = await twins(test, { cookie: { maxAge: 60_000, sameSite: "lax" } });
      await apps[from].agent.get(setting({ user: "anna", cart: [{ id: 1 }] }));
      apps[to].agent.cookies.set("connect.sid", apps[from].agent.cookies.get("connect.sid") ?? "");
      const there = await apps[to].agent.get("/");
      assert.deepEqual(JSON.parse(there.text), {
        data: { user: "anna", cart: [{ id: 1 }] },
        cookie: {
          originalMaxAge: 60_000,
          expires: "2030-01-01T00:01:00.000Z",
          httpOnly: true,
          path: "/",
          sameSite: "lax",
        },
      });
      assert.deepEqual(there.setCookie, []);
      await apps[to].agent.get(setting({ cart: [] }));
      assert.deepEqual(JSON.parse((await apps[from].agent.get("/")).text).data, { user: "anna", cart: [] });
    });

    it(`ends in ${to} what began in ${from}`, async (test) => {
      const { apps, rows } = await twins(test);
      await apps[from].agent.get(setting({ user: "anna" }));
      apps[to].agent.cookies.set("connect.sid", apps[from].agent.cookies.get("connect.sid") ?? "");
      await apps[to].agent.get("/end");
      assert.equal(rows.size, 0);
      assert.deepEqual(JSON.parse((await apps[from].agent.get("/")).text).data, {});
    });

    it(`regenerates in ${to} what began in ${from}, and goes on there`, async (test) => {
      const { apps, rows } = await twins(test);
      await apps[from].agent.get(setting({ user: "anna" }));
      const old = apps[from].agent.cookies.get("connect.sid") ?? "";
      apps[to].agent.cookies.set("connect.sid", old);
      await apps[to].agent.get("/new");
      await apps[to].agent.get(setting({ user: "bert" }));
      assert.equal(rows.size, 1);
      assert.deepEqual(JSON.parse((await apps[from].agent.get("/")).text).data, {});
      apps[from].agent.cookies.set("connect.sid", apps[to].agent.cookies.get("connect.sid") ?? "");
      assert.deepEqual(JSON.parse((await apps[from].agent.get("/")).text).data, { user: "bert" });
    });
  }

  it("writes rows that cannot be told apart, whatever the data", async (test) => {
    stoppedTime(test);
    const { apps, rows } = await twins(test, { genid: () => "id" });
    const data = fc.dictionary(
      fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 8 }).filter((key) => !RESERVED.has(key)),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 4, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(data, async (given) => {
        const written: (string | undefined)[] = [];
        for (const name of ["expressSession", "compat"] as const) {
          rows.clear();
          await apps[name].agent.newBrowser().get(setting({ n: 1, ...given }));
          written.push(rows.get("id"));
        }
        assert.ok(written[0] !== undefined);
        assert.equal(written[1], written[0]);
      }),
      { numRuns: 80 },
    );
  });
});

/** Names that the session has itself. */
const RESERVED: ReadonlySet<string> = new Set([
  "cookie",
  "id",
  "req",
  "save",
  "touch",
  "reload",
  "destroy",
  "regenerate",
  "resetMaxAge",
  "__proto__",
]);
