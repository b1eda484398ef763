import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { type Handler, sessionApp } from "../support/session-app.ts";

const NAMES = ["anna \ud800", "anna \udc00"];

const ways: Readonly<Record<string, (name: string) => Handler>> = {
  "signIn()": (name) => (session) => session.signIn(name),
  "an assignment": (name) => (session) => {
    session.userId = name;
  },
};

describe("a user's name with half a character", () => {
  for (const [way, actAs] of Object.entries(ways)) {
    it(`begins no session by ${way}: in a store's index it would be another user's as well`, async (test) => {
      const app = await sessionApp(test, { store: new SqliteStore(":memory:") });
      for (const name of NAMES) {
        const browser = app.agent.newBrowser();
        const reply = await app.act(actAs(name), { by: browser });
        assert.deepEqual([reply.status, reply.setCookie], [500, []]);
        assert.equal(Reflect.get(Object(app.errors.at(-1)), "code"), "ERR_HOLDFAST_USER");
        assert.deepEqual(await app.data(browser), {});
      }
    });

    it(`is one with a whole character to ${way}`, async (test) => {
      const app = await sessionApp(test, { store: new SqliteStore(":memory:") });
      await app.act(actAs("anna \u{1f600}"));
      assert.deepEqual(await app.data(), { userId: "anna \u{1f600}" });
    });
  }
});
