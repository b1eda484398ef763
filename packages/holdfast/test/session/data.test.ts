import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type AppSession,
  browserWith,
  cookieOf,
  sessionApp,
  set,
  strongSecret,
} from "../support/session-app.ts";
import { everyStore } from "../support/stores.ts";

class Point {
  x = 1;
  y = 2;
  sum(): number {
    return this.x + this.y;
  }
}

function OldStyle(this: { own: number }): void {
  this.own = 1;
}
OldStyle.prototype.method = () => {};

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

describe("session data", () => {
  for (const [name, newStore] of everyStore) {
    it(`of any JSON comes back as it was, on a ${name}`, async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      const names = fc.string({ unit: "grapheme" }).filter((text) => text !== "__proto__");
      const datas = fc.dictionary(names, fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }), {
        minKeys: 1,
        maxKeys: 5,
      });
      await fc.assert(
        fc.asyncProperty(datas, async (data) => {
          const expected = JSON.parse(JSON.stringify(data));
          const browser = app.agent.newBrowser();
          await app.act(set({ data: data }), { by: browser });
          assert.deepEqual((await app.data(browser)).data, expected);
        }),
        { numRuns: 25 },
      );
    });
  }

  for (const [name, newStore] of everyStore) {
    it(`that takes a role away does so from the next request on, on every process, on a ${name}`, async (test) => {
      const options = { secret: strongSecret(), store: newStore(test) };
      const one = await sessionApp(test, options);
      const other = await sessionApp(test, { ...options, clock: one.clock });
      await one.agent.signIn("anna", { data: { role: "editor" } });
      const anna = browserWith(other, cookieOf(one.agent));
      assert.equal((await other.data(anna)).role, "editor");
      await one.act(set({ role: "reader" }));
      assert.equal((await other.data(anna)).role, "reader");
    });

    it(`is what the requests have made of it, one after the other, on a ${name}`, async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      type Change = (data: Record<string, unknown>) => void;
      const key = fc.constantFrom("a", "b", "c");
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom(new Date(0), Number.NaN, undefined, -0, new Point()),
      );
      const change: fc.Arbitrary<Change> = fc.oneof(
        fc.constant((): void => undefined),
        fc.tuple(key, value).map(([name, item]) => (data: Record<string, unknown>): void => {
          data[name] = item;
        }),
        key.map((name) => (data: Record<string, unknown>): void => {
          delete data[name];
        }),
        fc.tuple(key, value).map(([name, item]) => (data: Record<string, unknown>): void => {
          const target = data[name];
          if (Array.isArray(target)) target.push(item);
          else if (typeof target === "object" && target !== null) Object.assign(target, { item });
        }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
          const browser = app.agent.newBrowser();
          let expected: Record<string, unknown> = {};
          for (const make of changes) {
            await app.act((session) => make(session), { by: browser });
            make(expected);
            expected = JSON.parse(JSON.stringify(expected));
            assert.deepEqual(await app.data(browser), expected);
          }
        }),
        { numRuns: 20 },
      );
    });

    it(`is each request's own: what one does to it after its reply reaches no other, on a ${name}`, async (test) => {
      const app = await sessionApp(test, { store: newStore(test) });
      await app.act(set({ cart: { items: [1] } }));
      for (let i = 0; i < 4; i++) {
        let kept: { items: number[] } | undefined;
        await app.act((session) => {
          kept = session.cart as { items: number[] };
          session.times_seen = i % 2 === 0 ? i : session.times_seen;
        });
        kept?.items.push(2);
        assert.deepEqual((await app.data()).cart, { items: [1] });
      }
    });
  }

  it("takes in nothing that somebody has put on Object.prototype", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ cart: { items: [1] } }));
    for (const write of [false, true, true]) {
      await app.act((session) => {
        Reflect.set(Object.prototype, "admin", true);
        if (write) session.more = Number(session.more ?? 0) + 1;
      });
      Reflect.deleteProperty(Object.prototype, "admin");
    }
    assert.deepEqual(await app.data(), { cart: { items: [1] }, more: 2 });
  });

  it("loses what JSON has no word for as express-session does: dates become text, undefined goes", async (test) => {
    const app = await sessionApp(test);
    const when = new Date("2026-02-03T04:05:06.789Z");
    await app.act(
      (session) =>
        void Object.assign(session, {
          when,
          nothing: undefined,
          point: new Point(),
          old: Reflect.construct(OldStyle, []),
          list: [undefined, when],
          bytes: Buffer.from("ab"),
          none: Number.NaN,
          pattern: /a/g,
          error: new Error("no"),
        }),
    );
    assert.deepEqual(await app.data(), {
      when: when.toJSON(),
      point: { x: 1, y: 2 },
      old: { own: 1 },
      list: [null, when.toJSON()],
      bytes: { type: "Buffer", data: [97, 98] },
      none: null,
      pattern: {},
      error: {},
    });
  });

  const unstorable: Record<string, unknown> = {
    "a BigInt": 1n,
    "a function": () => 1,
    "a class": Point,
    "a symbol": Symbol("s"),
    "a Map": new Map([["a", 1]]),
    "a Set": new Set([1]),
    "a cycle": cycle,
    "a BigInt deep inside": { a: [{ b: 1n }] },
    "a function deep inside": { a: [{ b: () => 1 }] },
    "a Map deep inside": { a: [{ b: new Map() }] },
    "a function in a list": [1, () => 1],
    "a Set in a list of a list": [[new Set()]],
    "something that throws": {
      toJSON() {
        throw new Error("no");
      },
    },
  };
  for (const [what, value] of Object.entries(unstorable)) {
    it(`${what} is an error with a code, and nothing is saved`, async (test) => {
      const app = await sessionApp(test);
      await app.act(set({ kept: 1 }));
      const change = (session: AppSession) => {
        session.kept = 2;
        session.bad = value;
      };
      const code = (reply: { json(): unknown }) => Reflect.get(reply.json() as object, "code");
      const atReply = await app.act(change);
      assert.deepEqual(
        [atReply.status, code(atReply), atReply.setCookie],
        [500, "ERR_HOLDFAST_NOT_JSON", []],
      );
      const atSave = await app.act(async (session) => {
        change(session);
        const error = await session.save().catch((error) => error);
        delete session.bad;
        return { code: error.code };
      });
      assert.deepEqual([atSave.status, code(atSave)], [200, "ERR_HOLDFAST_NOT_JSON"]);
      assert.deepEqual(await app.data(), { kept: 2 }, "once it is mended, the rest is saved");
    });
  }

  it("that is otherwise unchanged is searched as deep", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ cart: { items: [] } }));
    for (let i = 0; i < 3; i++) {
      const reply = await app.act((session) => {
        Reflect.set(session.cart as object, "total", () => 0);
      });
      assert.equal(Reflect.get(reply.json() as object, "code"), "ERR_HOLDFAST_NOT_JSON");
      assert.deepEqual(await app.data(), { cart: { items: [] } });
    }
  });

  it("says where the trouble is", async (test) => {
    const app = await sessionApp(test);
    const reply = await app.act(set({ cart: { items: [{ seen: new Map() }] } }));
    assert.match(
      Reflect.get(reply.json() as object, "message"),
      /req\.session\.cart\.items\.0\.seen is a Map/,
    );
  });

  it("may take maxBytes bytes of JSON and not one more", async (test) => {
    for (const character of ["a", "é", "€", "😀"]) {
      const app = await sessionApp(test, { maxBytes: 1000 });
      const width = Buffer.byteLength(character);
      const fill = (bytes: number) => {
        const room = bytes - '{"a":""}'.length;
        return character.repeat(Math.floor(room / width)) + "x".repeat(room % width);
      };
      const write = (bytes: number) => app.act(set({ a: fill(bytes) }));
      assert.equal((await write(1000)).status, 200, character);
      const reply = await write(1001);
      assert.deepEqual(
        [reply.status, Reflect.get(reply.json() as object, "code")],
        [500, "ERR_HOLDFAST_TOO_LARGE"],
        character,
      );
      assert.equal((await app.data()).a, fill(1000));
    }
  });

  it("may take 64 KB by default", async (test) => {
    const app = await sessionApp(test);
    const write = (length: number) => app.act(set({ a: "a".repeat(length) }));
    assert.equal((await write(65_536 - 8)).status, 200);
    assert.equal((await write(65_536 - 7)).status, 500);
  });

  it("that is emptied stays a session, and one never filled is none", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ a: 1 }));
    await app.act((session) => void delete session.a);
    assert.deepEqual(await app.data(), {});
    assert.deepEqual(app.takeEvents(), ["session_created"]);
    assert.deepEqual((await app.act(set({ b: 1 }))).setCookie, [], "the same one");
    const nobody = app.agent.newBrowser();
    await app.act(
      (session) => {
        session.a = 1;
        delete session.a;
      },
      { by: nobody },
    );
    assert.equal(nobody.cookies.size, 0);
  });

  it("changed deep inside is noticed", async (test) => {
    const app = await sessionApp(test);
    await app.act(set({ cart: { items: [1] } }));
    await app.act((session) => {
      (session.cart as { items: number[] }).items.push(2);
    });
    assert.deepEqual(await app.data(), { cart: { items: [1, 2] } });
  });
});
