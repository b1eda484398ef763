import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { session } from "../../src/index.ts";
import { movingFrom, openCookieSession, openIronSession, visitorWith } from "../support/cookie-apps.ts";
import { strongSecret } from "../support/session-app.ts";

const until = "2099-01-01";
const grip = { from: "cookie-session", secrets: ["key1", "key2"], until } as const;
const iron = { from: "iron-session", name: "app", secrets: { 2: "new", 1: "old" }, until } as const;

const start = (migrate: unknown): Promise<void> =>
  session({
    secret: strongSecret(),
    name: "id",
    onWarning: () => {},
    ...Object.fromEntries([["migrate", migrate]]),
  }).close();

describe("the option migrate from sessions in cookies", () => {
  const bad: readonly (readonly [what: string, given: unknown, code: string, names: RegExp])[] = [
    ["no keys", { ...grip, secrets: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["keys by id", { ...grip, secrets: { 1: "x" } }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["another hash", { ...grip, algorithm: "md5" }, "ERR_HOLDFAST_OPTION", /`migrate.algorithm`/],
    ["a way back", { ...grip, keepLegacy: true }, "ERR_HOLDFAST_OPTION_UNKNOWN", /`keepLegacy`/],
    ["a store", { ...grip, store: {} }, "ERR_HOLDFAST_OPTION_UNKNOWN", /`store`/],
    ["no date", { ...grip, until: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.until`/],
    ["our own cookie", { ...grip, name: "__Host-id" }, "ERR_HOLDFAST_OPTION", /same name/],
    ["no cookie", { ...grip, cookie: "/" }, "ERR_HOLDFAST_OPTION", /`migrate.cookie`/],
    ["a misspelt cookie", { ...grip, cookie: { Path: "/" } }, "ERR_HOLDFAST_OPTION_UNKNOWN", /`Path`/],
    [
      "a path that is none",
      { ...grip, cookie: { path: "x" } },
      "ERR_HOLDFAST_OPTION",
      /`migrate.cookie.path`/,
    ],
    ["no domain", { ...grip, cookie: { domain: "com" } }, "ERR_HOLDFAST_OPTION", /`migrate.cookie.domain`/],
    [
      "a word",
      { ...grip, cookie: { partitioned: 1 } },
      "ERR_HOLDFAST_OPTION",
      /`migrate.cookie.partitioned`/,
    ],
    ["no name", { ...iron, name: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.name`/],
    ["no password", { ...iron, secrets: undefined }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["an empty password", { ...iron, secrets: "" }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["a list", { ...iron, secrets: ["x"] }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    [
      "one that is empty",
      { ...iron, secrets: { 1: "x", 2: "" } },
      "ERR_HOLDFAST_OPTION",
      /`migrate.secrets`/,
    ],
    ["none by id", { ...iron, secrets: {} }, "ERR_HOLDFAST_OPTION", /`migrate.secrets`/],
    ["a hash", { ...iron, algorithm: "sha1" }, "ERR_HOLDFAST_OPTION_UNKNOWN", /`algorithm`/],
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

  it("takes what the old app was given", async () => {
    for (const given of [grip, { ...grip, secrets: "key1", name: "express:sess" }, iron]) await start(given);
    await start({
      ...iron,
      secrets: "one",
      cookie: { path: "/app", domain: "example.com", partitioned: true },
    });
  });

  it("tells how far it has come: how many have moved, and that nobody can count the others", async (test) => {
    for (const open of [openCookieSession, openIronSession]) {
      const old = await open(test);
      const app = await movingFrom(test, old);
      for (const userId of ["anna", "bert"])
        await app.data(visitorWith(app, await old.cookiesWith({ userId })));
      const { from, keepsLegacy, remaining, moved } = (await app.sessions.migration()) ?? assert.fail();
      assert.deepEqual([from, keepsLegacy, remaining, moved], [old.migrate.from, false, undefined, 2]);
    }
  });
});
