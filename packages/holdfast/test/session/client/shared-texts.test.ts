import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SharedTexts } from "../../../src/session/client/shared-texts.ts";

describe("shared texts", () => {
  it("are what was asked for, however many, and never more than the bound", () => {
    const texts = fc.array(fc.oneof(fc.constantFrom("Firefox", "Chrome"), fc.string({ unit: "binary" })));
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 5 }), (asked, most) => {
        const shared = new SharedTexts(most);
        for (const text of asked) {
          assert.equal(shared.of(text), text);
          assert.ok(shared.size <= most);
        }
      }),
    );
  });

  it("are remembered once each", () => {
    const shared = new SharedTexts(3);
    for (const text of ["Firefox", "Chrome", "Firefox", "Chrome"]) shared.of(text);
    assert.equal(shared.size, 2);
  });
});
