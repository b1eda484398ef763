import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "express-session";
import { type SessionOptions, session } from "../../src/index.ts";
import { CookieStore } from "../../src/store/cookie.ts";
import { ExpressSessionStore } from "../../src/store/express-session.ts";
import { strongSecret } from "../support/session-app.ts";

const good = {
  from: "express-session",
  secrets: "x",
  store: new MemoryStore(),
  until: "2099-01-01",
} as const;

function start(migrate: unknown, options: SessionOptions = {}): readonly string[] {
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  void session({
    secret: strongSecret(),
    onWarning,
    ...options,
    ...Object.fromEntries([["migrate", migrate]]),
  }).close();
  return warnings;
}

describe("the option migrate", () => {
  const bad: readonly (readonly [what: string, given: unknown, code: string, names: RegExp])[] = [
    ["text", "express-session", "ERR_HOLDFAST_OPTION", /`migrate` must be an object/],
    ["null", null, "ERR_HOLDFAST_OPTION", /`migrate` must be an object/],
    ["another from", { ...good, from: "koa-session" }, "ERR_HOLDFAST_OPTION", /`migrate.from`/],
    ["no from", { ...good, from: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.from`/],
    ["an unknown option", { ...good, secret: "x" }, "ERR_HOLDFAST_OPTION_UNKNOWN", /`secret`/],
    ["no secrets", { ...good, secrets: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["an empty list", { ...good, secrets: [] }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["an empty secret", { ...good, secrets: ["x", ""] }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["no store", { ...good, store: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.store`/],
    ["a name with a space", { ...good, name: "a b" }, "ERR_HOLDFAST_OPTION", /`migrate.name`/],
    ["no until", { ...good, until: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.until`/],
    ["a number", { ...good, until: 1_900_000_000_000 }, "ERR_HOLDFAST_OPTION", /`migrate.until`/],
    ["no date", { ...good, until: "next year" }, "ERR_HOLDFAST_OPTION", /`migrate.until`/],
    ["a day that is none", { ...good, until: "2027-13-01" }, "ERR_HOLDFAST_OPTION", /`migrate.until`/],
    ["no zone", { ...good, until: "2027-01-01T10:00" }, "ERR_HOLDFAST_OPTION", /`migrate.until`/],
    ["a word", { ...good, keepLegacy: "yes" }, "ERR_HOLDFAST_OPTION", /`migrate.keepLegacy`/],
    ["our own cookie", { ...good, name: "__Host-session" }, "ERR_HOLDFAST_OPTION", /same name/],
  ];
  for (const [what, given, code, names] of bad) {
    it(`refuses ${what} (${names.source}), and names the page`, () => {
      assert.throws(
        () => start(given),
        (error: Error & { code?: string }) =>
          error.code === code && names.test(error.message) && error.message.includes("docs/migrate.md"),
      );
    });
  }

  it("takes a date as text or as a Date", () => {
    for (const until of [
      "2099-01-01",
      "2099-01-01T10:00:00Z",
      "2099-01-01T10:00+02:00",
      new Date("2099-01-01"),
    ])
      assert.deepEqual(start({ ...good, until }), []);
  });

  it("says once that it can go when its date has passed", () => {
    const [warning = "", ...others] = start({ ...good, until: "2020-01-01" });
    assert.match(warning, /`migrate.until` has passed/);
    assert.deepEqual(others, []);
  });

  it("needs a store that remembers and revokes", () => {
    for (const store of [new CookieStore(), new ExpressSessionStore(new MemoryStore())]) {
      assert.throws(() => start(good, { store }), { code: "ERR_HOLDFAST_STORE_CANNOT" });
    }
  });
});
