import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import fc from "fast-check";
import { isUnsafeRequest } from "../../src/cross-site/unsafe-request.ts";

interface Parts {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly originalMethod?: unknown;
  readonly originalUrl?: string;
}

function isUnsafe({ method = "GET", url = "/", headers = {}, ...added }: Parts): boolean {
  const req = new IncomingMessage(new Socket());
  Object.assign(req, { method, url, ...added });
  Object.assign(req.headers, headers);
  return isUnsafeRequest(req);
}

describe("a request that may change something", () => {
  it("is one by its method, whatever else it asks to be taken for", () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "get", "QUERY"]) {
      assert.ok(isUnsafe({ method }), method);
      assert.ok(
        isUnsafe({ method, url: "/?_method=GET", headers: { "x-http-method-override": "GET" } }),
        method,
      );
    }
  });

  it("is a GET that asks, in a header, the query or the body, to be taken for more", () => {
    for (const header of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      assert.ok(isUnsafe({ headers: { [header]: "DELETE" } }), header);
      assert.ok(isUnsafe({ headers: { [header]: "GET, DELETE" } }), header);
    }
    for (const url of [
      "/?_method=DELETE",
      "/?a=b&_method=delete",
      "/?_method=GET&_method=PUT",
      "/?_method[]=PUT",
      "/?_method%5B0%5D=PUT",
      "/?[_method]=PUT",
      "/?a=b&%5B_method%5D=PUT",
      "/?._method=PUT",
      "/?a=b&%2e_method=PUT",
      "/??_method=PUT",
      "/?%5Fmethod=PUT",
      "/?_meth%6fd=PUT",
      "/?_method=%50UT",
      "/?_method=+PUT",
      "/?_method=%47ET",
      "/?_method=GETS",
      "/?a=b&_method=HEAD&%5F%6D%65%74%68%6F%64%5bx%5D=PUT",
    ])
      assert.ok(isUnsafe({ url }), url);
    for (const body of [{ _method: "DELETE" }, { _method: ["GET"] }, { _method: { a: 1 } }])
      assert.ok(isUnsafe({ body }), JSON.stringify(body));
  });

  it("is one that an override has made look safe before", () => {
    assert.ok(isUnsafe({ originalMethod: "POST" }));
    assert.equal(isUnsafe({ originalMethod: "GET" }), false);
  });

  it("is told by its whole URL within a router too", () => {
    assert.ok(isUnsafe({ url: "/", originalUrl: "/api/?_method=PUT" }));
  });

  it("is no plain GET, nor one that asks for what is safe", () => {
    for (const parts of [
      {},
      { method: "HEAD" },
      { method: "OPTIONS" },
      { url: "/_method=DELETE" },
      { url: "/?method=DELETE&q=%E0%A4" },
      { url: "/?_method=" },
      { url: "/?_method=head" },
      { url: "/?_method" },
      { url: "/?_method=GET&_method[]=HEAD&[_method]=" },
      { url: "/?a=_method=PUT&a_method=PUT" },
      { headers: { "x-http-method-override": "GET" } },
      { body: { method: "DELETE" } },
      { body: "_method=DELETE" },
      { body: null },
    ])
      assert.equal(isUnsafe(parts), false, JSON.stringify(parts));
  });

  it("is whatever Express's own parser of queries finds an override in", () => {
    const parse: unknown = express().set("query parser", "extended").get("query parser fn");
    assert.ok(typeof parse === "function");
    const part = fc.constantFrom(
      "_method",
      "[",
      "]",
      "=",
      "DELETE",
      "&",
      "%5B",
      "%5D",
      "%5F",
      "%3D",
      "a",
      "+",
      ".",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const query = parts.join("");
        const found: unknown = Reflect.get(Object(parse(query)), "_method");
        if (String(found ?? "").includes("DELETE")) assert.ok(isUnsafe({ url: `/?${query}` }), query);
      }),
      { numRuns: 5000, examples: [[["[", "_method", "]", "=", "DELETE"]]] },
    );
  });

  it("is found without its query being parsed, however long that is", (test) => {
    let parsed = 0;
    class Counting extends URLSearchParams {
      constructor(...args: ConstructorParameters<typeof URLSearchParams>) {
        super(...args);
        parsed += 1;
      }
    }
    const real = globalThis.URLSearchParams;
    test.after(() => {
      globalThis.URLSearchParams = real;
    });
    globalThis.URLSearchParams = Counting;
    for (const part of ["%5f%6d&", "_method=GET&", "[_method&", "%5B%5fmethod=&", "_method[", "&&", "=%"]) {
      const query = part.repeat(10_000);
      assert.equal(isUnsafe({ url: `/?${query}` }), false, part);
      assert.ok(isUnsafe({ url: `/?${query}&_method=DELETE` }), part);
    }
    assert.equal(parsed, 0);
  });

  it("is found without an error in any URL, header or body", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.jsonValue(), (query, header, body) => {
        const found = isUnsafe({ url: `/?${query}`, headers: { "x-http-method-override": header }, body });
        assert.equal(typeof found, "boolean");
        assert.ok(isUnsafe({ url: `/?${encodeURIComponent(query)}&_method=DELETE` }));
      }),
    );
  });
});
