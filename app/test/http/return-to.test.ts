import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { safeReturnTo } from "../../src/http/return-to.ts";

describe("safeReturnTo", () => {
  it("follows paths of this application, with their query", () => {
    for (const path of ["/", "/dashboard", "/account/sessions?a=1&b=%2F", "/a/b/../c"]) {
      const { pathname, search } = new URL(path, "https://x.example");
      assert.equal(safeReturnTo(path), pathname + search);
    }
  });

  it("goes to the dashboard instead of anything that a browser might take for another host", () => {
    const hostile = [
      "//evil.example",
      "///evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "https://evil.example",
      "https:evil.example",
      "javascript:alert(1)",
      "/\t/evil.example",
      "/\n/evil.example",
      "/\r\nSet-Cookie: a=b",
      "/.//evil.example",
      "/x/..//evil.example",
      "/ü",
      " /x",
      "dashboard",
      "",
      `/${"x".repeat(2100)}`,
      undefined,
      null,
      7,
      ["/x"],
      { toString: () => "/x" },
    ];
    for (const value of hostile) assert.equal(safeReturnTo(value), "/dashboard", JSON.stringify(value));
  });

  it("stays on this host whatever it is made of, as browsers resolve it", () => {
    const origin = "https://app.example:3000";
    const piece = fc.constantFrom(
      ...[
        "/",
        "//",
        "\\",
        ".",
        "..",
        "@",
        ":",
        "?",
        "#",
        "%",
        "%2f",
        "%5c",
        "%09",
        "\t",
        "\r",
        "\n",
        "\0",
        " ",
        ";",
      ],
      ...["evil.example", "https:", "javascript:", "[::1]", "login", "ü", "\u2215", "\uff0f", "\ud800"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, rooted) => {
        const path = safeReturnTo((rooted ? "/" : "") + pieces.join(""));
        assert.equal(new URL(path, origin).origin, origin);
        assert.match(path, /^\/(?!\/)[\x21-\x7e]*$/);
      }),
      { numRuns: 5000 },
    );
  });

  it("does not go back to the pages for logging in and out", () => {
    for (const path of ["/login", "/login?notice=expired", "/signup", "/logout"]) {
      assert.equal(safeReturnTo(path), "/dashboard");
    }
  });
});
