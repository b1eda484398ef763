import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { safeReturnTo } from "../../src/guards/index.ts";
import { localPath, withReturnTo } from "../../src/guards/return-to.ts";

const HOME = "/home";

// What attackers try, and bits to make more of it.
const bits = fc.constantFrom(
  ..."/ // \\ /\\ . .. ./ : @ ? # % ; & = %2f %5c %09 %0d%0a http: https: javascript: data: evil.example".split(
    " ",
  ),
  ..."\t\n\r\0\u00a0\u2028\uff0f\u3002".split(""),
  " ",
);
const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.webUrl(),
  fc.array(fc.oneof(bits, fc.string({ maxLength: 3 })), { maxLength: 8 }).map((parts) => parts.join("")),
  fc.array(fc.oneof(bits, fc.webPath()), { maxLength: 5 }).map((parts) => `/${parts.join("")}`),
);

describe("safeReturnTo()", () => {
  it("gives back a path of this origin with its query", () => {
    for (const path of [
      "/",
      "/account",
      "/a/b?c=d&e=%2F",
      "/search?q=//evil.example",
      "/a;b@c:d",
      "/%2F%2Fevil",
    ]) {
      assert.equal(safeReturnTo(path, HOME), path);
    }
  });

  it("gives the fallback for whatever a browser could take for another origin, or is no text", () => {
    const refused = [
      ...["", "account", "https://evil.example", "//evil.example", "///evil.example", "\\\\evil.example"],
      ...[
        "/\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        " /account",
        "/ /evil",
      ],
      ...["/.//evil.example", "/..//evil.example", "/a/..//evil.example", "/%2e//evil.example"],
      ...[
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: a=b",
        "/a\0",
        "/\u2028",
        "/caf\u00e9",
        `/${"a".repeat(2048)}`,
      ],
      ...[undefined, null, 7, ["/account"], { toString: () => "/account" }],
    ];
    for (const text of refused) assert.equal(safeReturnTo(text, HOME), HOME, JSON.stringify(text));
  });

  it("never leads to another origin, wherever the page is that redirects", () => {
    fc.assert(
      fc.property(hostile, fc.webPath(), (text, from) => {
        const path = safeReturnTo(text, HOME);
        assert.equal(new URL(path, `https://app.example${from}`).origin, "https://app.example");
        assert.match(path, /^\/[\x21-\x7e]*$/);
        assert.doesNotMatch(path, /^\/[/\\]|[\\#]/);
      }),
      { numRuns: 3000 },
    );
  });

  it("is done once it is done: its result is as safe as it was", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = safeReturnTo(text, HOME);
        assert.equal(safeReturnTo(once, "/other"), once);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a page with a returnTo", () => {
  it("gives it back as it was, beside a query of its own", () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom("/login", "/login?by=guard"), (text, page) => {
        const url = new URL(withReturnTo(page, text), "https://app.example");
        assert.equal(url.pathname, "/login");
        assert.equal(url.searchParams.get("by"), page.includes("?") ? "guard" : null);
        assert.equal(url.searchParams.get("returnTo") ?? undefined, localPath(text));
      }),
      { numRuns: 1000 },
    );
  });
});
