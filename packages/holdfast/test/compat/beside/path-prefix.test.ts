import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStore } from "../../support/legacy-store.ts";
import { serveLegacy, sideBySide } from "../../support/side-by-side.ts";

describe("A cookie for the path /admin", () => {
  it("is for /admin and what lies below it, not for /administrator (RFC 6265, 5.1.4)", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const store = legacyStore(library);
      const { agent } = await serveLegacy(
        test,
        library,
        { store, cookie: { path: "/admin" }, saveUninitialized: true },
        (req, res) => res.end(typeof req.session),
      );
      const seen: Record<string, string> = {};
      for (const path of [
        "/admin",
        "/admin/",
        "/admin/users",
        "/admin?a=b",
        "/administrator",
        "/admin-area",
        "/",
      ]) {
        const { text, setCookie } = await agent.newBrowser().get(path);
        seen[path] = `${text}, ${setCookie.length} cookies`;
      }
      return { seen, rows: store.rows.size };
    });
    const inside = "object, 1 cookies";
    const outside = "undefined, 0 cookies";
    const below = { "/admin": inside, "/admin/": inside, "/admin/users": inside, "/admin?a=b": inside };
    assert.deepEqual(outcome.expressSession, {
      seen: { ...below, "/administrator": inside, "/admin-area": inside, "/": outside },
      rows: 6,
    });
    assert.deepEqual(outcome.compat, {
      seen: { ...below, "/administrator": outside, "/admin-area": outside, "/": outside },
      rows: 4,
    });
  });

  it("with a slash at its end is for what lies below it, in both", async (test) => {
    const outcome = await sideBySide(async (library) => {
      const { agent } = await serveLegacy(test, library, { cookie: { path: "/admin/" } }, (req, res) =>
        res.end(typeof req.session),
      );
      const texts = [];
      for (const path of ["/admin/users", "/admin/", "/admin", "/administrator"]) {
        texts.push((await agent.get(path)).text);
      }
      return texts;
    });
    const texts = ["object", "object", "undefined", "undefined"];
    assert.deepEqual(outcome, { expressSession: texts, compat: texts });
  });
});
