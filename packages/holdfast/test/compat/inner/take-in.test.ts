import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dataJson, noteStored, recordOf, takeIn } from "../../../src/compat/session-data.ts";
import { Session } from "../../../src/compat/session-object.ts";

const names = fc.constantFrom("a", "b", "c", "constructor", "toString", "hasOwnProperty", "length");
const data = fc.dictionary(names, fc.jsonValue({ maxDepth: 2 }), { noNullPrototype: true });

describe("What others have stored meanwhile", () => {
  it("is taken in where this request has left a key alone, and nowhere else", () => {
    fc.assert(
      fc.property(data, data, data, (before, mine, theirs) => {
        const session = structuredClone(mine);
        takeIn(session, JSON.stringify(before), theirs);
        for (const name of new Set([before, mine, theirs].flatMap((each) => Object.keys(each)))) {
          const touched = textOf(mine, name) !== textOf(before, name);
          assert.equal(textOf(session, name), textOf(touched ? mine : theirs, name), name);
        }
      }),
    );
  });

  it("keeps values that are more than their JSON", () => {
    const session: Record<string, unknown> = { at: 1 };
    const at = new Date(5);
    takeIn(session, '{"at":1}', { at });
    assert.equal(session.at, at);
  });

  it("does not touch the cookie, nor a name of the session's own", () => {
    const session = new Session({ sessionID: "id" });
    const stored = JSON.parse('{"cookie":{"path":"/x"},"save":1,"id":2,"req":3,"__proto__":{"touch":4}}');
    takeIn(session, "{}", stored);
    assert.deepEqual(Object.keys(session), []);
    assert.equal(session.save, Session.prototype.save);
    assert.equal(Object.getPrototypeOf(session), Session.prototype);
  });
});

describe("A session's data", () => {
  it("has what its record has, and goes back to the store whole", () => {
    const json =
      '{"cookie":{"path":"/"},"n":1,"save":"nope","id":7,"__proto__":{"admin":true},"constructor":"me"}';
    const session = new Session({ sessionID: "id" }, JSON.parse(json));
    assert.deepEqual(Object.keys(session), ["cookie", "n", "constructor"]);
    assert.equal(session.id, "id");
    assert.equal(Reflect.get(session, "admin"), undefined);
    assert.deepEqual(
      Object.entries(JSON.parse(JSON.stringify(recordOf(session)))).sort(),
      Object.entries(JSON.parse(json)).sort(),
    );
  });

  it("is compared without its cookie", () => {
    const session = { cookie: { maxAge: 1 }, user: { cookie: 2 } };
    assert.equal(dataJson(session), '{"user":{"cookie":2}}');
    noteStored(session, "{}");
    assert.equal(recordOf(session), session);
  });
});

function textOf(object: object, name: string): string | undefined {
  return Object.hasOwn(object, name) ? JSON.stringify(Reflect.get(object, name)) : undefined;
}
