import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HoldfastError } from "../../src/index.ts";
import { canonicalUser, identifyByConvention, userOf } from "../../src/session/identity.ts";

const user = (data: Record<string, unknown>) => userOf(data, identifyByConvention);
/** What the data is once it has been stored and loaded. */
const stored = (data: Record<string, unknown>): Record<string, unknown> => JSON.parse(JSON.stringify(data));

class Entity {
  readonly #id = 7;
  get id(): number {
    return this.#id;
  }
}

describe("whose session it is, by convention", () => {
  const found: readonly (readonly [what: string, data: Record<string, unknown>, user: string | null])[] = [
    ["userId, a string", { userId: "anna" }, "anna"],
    ["userId, a number", { userId: 7 }, "7"],
    ["userId 0", { userId: 0 }, "0"],
    ["user, a string", { user: "anna" }, "anna"],
    ["user, a number", { user: 7 }, "7"],
    ["user.id", { user: { id: 7, name: "Anna" } }, "7"],
    ["passport.user", { passport: { user: "anna" } }, "anna"],
    ["passport.user.id", { passport: { user: { id: 7 } } }, "7"],
    ["userId before user before passport", { userId: "a", user: "b", passport: { user: "c" } }, "a"],
    ["user before passport", { user: { id: "b" }, passport: { user: "c" } }, "b"],
    ["a database's id object", { userId: { toJSON: () => "64f0" } }, "64f0"],
    ["a database's id object in user.id", { user: { id: { toJSON: () => "64f0" } } }, "64f0"],
    ["a model that says what its JSON is", { user: { toJSON: () => ({ id: 7 }) } }, "7"],
    ["nothing", {}, null],
    ["userId null", { userId: null }, null],
    ["an empty passport", { passport: {} }, null],
    ["a user that is a list", { user: ["anna"] }, null],
    ["a user with no name", { user: { theme: "dark" } }, null],
    ["an empty user", { user: "" }, null],
    ["a passport that is text", { passport: "anna" }, null],
    ["an id that is an object", { user: { id: { a: 1 } } }, null],
  ];
  for (const [what, data, expected] of found)
    it(`${what}: ${expected}`, () => assert.equal(user(data), expected));

  it("is the same before and after the data has been stored", () => {
    const datas: readonly Record<string, unknown>[] = [
      ...found.map(([, data]) => data),
      // Getters of a class are not stored; an id that only they show would be gone at the next request.
      { user: new Entity() },
      { user: Object.create({ id: 7 }) },
      { user: { id: 7, toJSON: () => ({ name: "Anna" }) } },
      { passport: { user: new Entity() } },
    ];
    for (const data of datas) assert.equal(user(stored(data)), user(data), JSON.stringify(data));
  });

  for (const userId of ["", false, true, [], {}, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses the userId ${JSON.stringify(userId)} (${typeof userId})`, () => {
      assert.throws(
        () => user({ userId }),
        (error) => error instanceof HoldfastError && error.code === "ERR_HOLDFAST_USER",
      );
    });
  }
});

describe("a user's name", () => {
  it("is the same for the number and its text, and for nothing else", () => {
    assert.equal(canonicalUser(7), canonicalUser("7"));
    assert.notEqual(canonicalUser("07"), canonicalUser(7));
    assert.notEqual(canonicalUser(" anna"), canonicalUser("anna"));
  });

  it("found by an app's own function is checked like any other", () => {
    assert.equal(
      userOf({ account: { number: 5 } }, (data) => (data.account as { number: number }).number),
      "5",
    );
    for (const wrong of ["", Number.NaN, {}, true]) {
      assert.throws(
        () => userOf({}, () => wrong as string),
        (error) => error instanceof HoldfastError && error.code === "ERR_HOLDFAST_USER",
      );
    }
  });
});
