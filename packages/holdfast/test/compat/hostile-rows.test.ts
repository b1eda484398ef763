import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { legacyStore } from "../support/legacy-store.ts";
import { itInBoth, libraries, serveLegacy } from "../support/side-by-side.ts";

/** An app with one session, whose stored text the tests replace. */
async function oneSession(test: Parameters<typeof serveLegacy>[0], library: (typeof libraries)["compat"]) {
  const store = legacyStore(library);
  const { agent, errors } = await serveLegacy(test, library, { store }, (req, res) => {
    if (req.url === "/set") Object.assign(req.session, { n: Number(req.session.n ?? 0) + 1 });
    res.end(`${typeof req.session.save} ${req.session.admin}`);
  });
  await agent.get("/set");
  const [id = ""] = store.rows.keys();
  /** What a request that reads, and one that writes, are answered with this row. */
  const ask = async (row: string): Promise<{ readonly statuses: number[]; readonly texts: string[] }> => {
    store.rows.clear();
    store.rows.set(id, row);
    const replies = [await agent.get("/"), await agent.get("/set")];
    agent.cookies.set("connect.sid", genuine);
    return { statuses: replies.map(({ status }) => status), texts: replies.map(({ text }) => text) };
  };
  const genuine = agent.cookies.get("connect.sid") ?? "";
  return { ask, errors, agent, store, id };
}

const COOKIE = '{"originalMaxAge":null,"expires":null,"path":"/","httpOnly":true}';

describe("A row without a cookie", () => {
  for (const row of ['{"n":1}', '{"n":1,"cookie":null}', '"text"', "7", "true", "[]", "[1]"]) {
    itInBoth(`is an error of the request, and none of the process: ${row}`, async (test, library) => {
      const { ask, errors } = await oneSession(test, library);
      const { statuses, texts } = await ask(row);
      assert.deepEqual(
        [statuses, texts],
        [
          [500, 500],
          ["the app's error page", "the app's error page"],
        ],
      );
      assert.equal(errors.length, 2);
      for (const error of errors) assert.match(error, /Cannot read prop/);
    });
  }
});

describe("A row with a cookie of the wrong kind", () => {
  for (const cookie of [
    "7",
    '"text"',
    "true",
    "[]",
    '{"expires":7}',
    '{"maxAge":"text"}',
    '{"path":{}}',
    '{"data":1}',
  ]) {
    it(`is a session or an error of the request, and none of the process: ${cookie}`, async (test) => {
      const { ask, errors } = await oneSession(test, libraries.compat);
      const { statuses } = await ask(`{"n":1,"cookie":${cookie}}`);
      assert.ok(statuses.every((status) => status === 200 || status === 500));
      if (statuses.includes(500)) assert.notDeepEqual(errors, []);
      assert.equal(
        (await ask(`{"n":1,"cookie":${COOKIE}}`)).texts[0],
        "function undefined",
        "and the next one works",
      );
    });
  }
});

describe("A row with names of prototypes", () => {
  itInBoth("gives neither session nor cookie another prototype", async (test, library) => {
    const { ask } = await oneSession(test, library);
    for (const row of [
      `{"cookie":${COOKIE},"__proto__":{"admin":true}}`,
      `{"cookie":${COOKIE.replace("{", '{"__proto__":{"admin":true},')},"n":1}`,
      `{"cookie":${COOKIE},"constructor":{"prototype":{"admin":true}}}`,
      `{"__proto__":{"cookie":${COOKIE},"admin":true},"cookie":${COOKIE}}`,
    ]) {
      assert.deepEqual(
        await ask(row),
        { statuses: [200, 200], texts: Array(2).fill("function undefined") },
        row,
      );
    }
    assert.equal(Reflect.get({}, "admin"), undefined);
  });

  it("or with methods of the cookie's leaves the cookie its own", async (test) => {
    const { ask, store, id } = await oneSession(test, libraries.compat);
    const names = ["serialize", "toJSON", "data", "constructor", "toString"];
    for (const name of names) {
      const row = `{"cookie":${COOKIE.replace("{", `{"${name}":"mine",`)},"n":1}`;
      assert.deepEqual((await ask(row)).statuses, [200, 200], name);
      assert.deepEqual(JSON.parse(store.rows.get(id) ?? "").cookie, JSON.parse(COOKIE), name);
    }
  });
});

describe("Any JSON in the store", () => {
  it("is a session or an error of its request; the next request works, and nothing is polluted", async (test) => {
    const { ask } = await oneSession(test, libraries.compat);
    const key = fc.oneof(
      fc.constantFrom(
        "cookie",
        "expires",
        "originalMaxAge",
        "maxAge",
        "_expires",
        "__proto__",
        "constructor",
      ),
      fc.constantFrom("id", "req", "save", "touch", "path", "secure", "sameSite", "domain", "toJSON", "data"),
    );
    const scalar = fc.oneof(
      fc.constantFrom(null, true, false, 0, -1, 1e308, "", "/", "2030-01-01T00:00:00.000Z", "nonsense\r\n"),
      fc.string({ maxLength: 5 }),
    );
    const { row } = fc.letrec<{ row: unknown; value: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, scalar, tie("row"), fc.array(tie("value"), { maxLength: 2 })),
      row: fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((pairs) => pairsToJson(pairs)),
    }));
    const before = Object.getOwnPropertyNames(Object.prototype);
    await fc.assert(
      fc.asyncProperty(row, async (given) => {
        const { statuses } = await ask(JSON.stringify(given));
        assert.ok(statuses.every((status) => status === 200 || status === 500));
        const { texts } = await ask(`{"n":1,"cookie":${COOKIE}}`);
        assert.deepEqual(texts, ["function undefined", "function undefined"]);
        assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
      }),
      { numRuns: 150 },
    );
  });
});

/** An object whose own keys these are, `__proto__` included, as `JSON.parse` makes it. */
function pairsToJson(pairs: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, value] of pairs) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}
