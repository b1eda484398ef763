import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { keepPrivate } from "../../../src/compat/cache-control.ts";
import { covers, pathOf } from "../../../src/compat/connection.ts";

function request(properties: object): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), properties);
}

describe("A cookie's path", () => {
  const cases: readonly (readonly [cookie: string, path: string, covered: boolean])[] = [
    ["/", "/", true],
    ["/", "/any/where", true],
    ["/admin", "/admin", true],
    ["/admin", "/admin/users", true],
    ["/admin/", "/admin/users", true],
    ["/admin", "/administrator", false],
    ["/admin", "/admi", false],
    ["/admin/", "/admin", false],
    ["/admin", "/other/admin", false],
  ];
  for (const [cookie, path, covered] of cases) {
    it(`${cookie} ${covered ? "covers" : "does not cover"} ${path}`, () => {
      assert.equal(covers(cookie, path), covered);
    });
  }
});

describe("A request's path", () => {
  const cases: readonly (readonly [properties: object, path: string])[] = [
    [{ url: "/a/b?c=/d" }, "/a/b"],
    [{ url: "/b", originalUrl: "/a/b" }, "/a/b"],
    [{ url: "" }, "/"],
    [{ url: "http://example.com/a?b" }, "/a"],
    [{ url: "*" }, "/"],
    [{ url: "//evil" }, "//evil"],
  ];
  for (const [properties, path] of cases) {
    it(`of ${JSON.stringify(properties)} is ${path}`, () => assert.equal(pathOf(request(properties)), path));
  }
});

describe("Cache-Control beside a session cookie", () => {
  const cases: readonly (readonly [given: string | undefined, sent: string])[] = [
    [undefined, "private, no-cache"],
    ["public, max-age=3600", "private, max-age=3600"],
    ["Public", "private"],
    ["s-maxage=60, max-age=5", "private, max-age=5"],
    ["max-age=5", "private, max-age=5"],
    ["private, max-age=5", "private, max-age=5"],
    ["no-store", "no-store"],
    ["no-cache", "private, no-cache"],
  ];
  for (const [given, sent] of cases) {
    it(`${given ?? "that nobody set"} becomes ${sent}`, () => {
      const res = new ServerResponse(request({}));
      if (given !== undefined) res.setHeader("Cache-Control", given);
      keepPrivate(res);
      assert.equal(res.getHeader("Cache-Control"), sent);
    });
  }
});
