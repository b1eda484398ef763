import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isSameText } from "../../src/crypto/same-text.ts";

describe("a comparison of texts in constant time", () => {
  it("says what === says, of texts of any length", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        assert.equal(isSameText(one, other), one === other);
        assert.equal(isSameText(one, `${one}${other}`), other === "");
        assert.equal(isSameText(one, one), true);
      }),
    );
  });
});
