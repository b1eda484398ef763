import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { databaseFor } from "../store/databases.ts";
import { legacyApp, movingApp, visitorWith } from "../support/legacy-app.ts";
import { cookieOf } from "../support/session-app.ts";

describe("whoever steals the store to which sessions have moved", () => {
  for (const keepLegacy of [false, true]) {
    it(`finds no legacy id, no cookie and no data there, with keepLegacy ${keepLegacy}`, async (test) => {
      const old = await legacyApp(test);
      const path = databaseFor(test);
      const app = await movingApp(test, old, { store: new SqliteStore(path), migrate: { keepLegacy } });
      const legacy = await old.cookieWith({ userId: "anna-of-the-north", cart: "lavender" });
      const browser = visitorWith(app, legacy);
      await app.data(browser);
      const unmoved = await old.cookieWith({ userId: "bert-of-the-south" });
      await app.sessions.revokeUser("bert-of-the-south");
      assert.deepEqual(await app.data(visitorWith(app, unmoved)), {});

      const stored = ["", "-wal"].map((end) => readFileSync(path + end, "latin1")).join("");
      assert.match(stored, /moved-[0-9a-f]{48}/);
      const [id = "", mac = ""] = decodeURIComponent(legacy).slice(2).split(".");
      const [, handle = "", secret = ""] = cookieOf(browser).split(".");
      assert(stored.includes(handle));
      const hidden = [legacy, id, mac, secret, "anna-of-the-north", "bert-of-the-south", "lavender"];
      for (const text of hidden) assert.equal(stored.includes(text), false, text);
      for (const user of ["anna-of-the-north", "bert-of-the-south"]) {
        const plain = createHash("sha256").update(user).digest("hex").slice(0, 48);
        assert.equal(stored.includes(plain), false, "nor a hash that anybody could make");
      }
    });
  }
});
