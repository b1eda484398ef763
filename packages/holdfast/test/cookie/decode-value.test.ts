import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeCookieValue } from "../../src/cookie/decode-value.ts";

describe("the value of another library's cookie", () => {
  it("is read without quotes and percent-encoding, or as it is", () => {
    const cases: readonly (readonly [value: string, read: string])[] = [
      ["s%3Aid.mac%2B", "s:id.mac+"],
      ['"s:id.mac"', "s:id.mac"],
      ['"%E2%82%AC"', "€"],
      ['"half', '"half'],
      ['"', '"'],
      ["%FF", "%FF"],
      ["100%", "100%"],
      ["", ""],
    ];
    for (const [value, read] of cases) assert.equal(decodeCookieValue(value), read, value);
  });

  it("is what encodeURIComponent made it from", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        assert.equal(decodeCookieValue(encodeURIComponent(text)), text);
      }),
    );
  });
});
