import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { quoted, skipReasonIn, stringIn } from "../../../src/defence/device-bound/structured-fields.ts";

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 1,
});

describe("A string in a header", () => {
  it("is read as it was quoted", () => {
    fc.assert(fc.property(printable, (text) => assert.equal(stringIn(quoted(text), 1000), text)));
  });

  it("is read bare too, as Chromium sends it", () => {
    assert.equal(stringIn("eyJ.eyJ.abc", 100), "eyJ.eyJ.abc");
    assert.equal(stringIn('"eyJ.eyJ.abc"', 100), "eyJ.eyJ.abc");
    assert.equal(stringIn('"a\\"b\\\\c"', 100), 'a"b\\c');
  });

  it("is nothing where it is not there, twice, broken off or too long", () => {
    for (const header of [undefined, "", '""', '"a', '"a\\"', '"a"b', '"\\n"', '"é"', "a".repeat(11)])
      assert.equal(stringIn(header, 10), undefined);
    assert.equal(stringIn(["a", "b"], 10), undefined);
    assert.equal(stringIn("a".repeat(10), 10), "a".repeat(10));
  });

  it("of any characters is read in linear time", () => {
    const began = process.cpuUsage();
    for (let i = 0; i < 100; i++) stringIn(`"${"\\\\".repeat(8000)}`, 16_000);
    assert.ok(process.cpuUsage(began).user < 1_000_000);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void stringIn(text, 50)));
  });
});

describe("Secure-Session-Skipped", () => {
  it("says why, of the session that is asked about", () => {
    const header =
      'quota_exceeded;session_identifier="a", server_error; session_identifier="b",unreachable;session_identifier=c';
    assert.equal(skipReasonIn(header, "a"), "quota_exceeded");
    assert.equal(skipReasonIn(header, "b"), "server_error");
    assert.equal(skipReasonIn(header, "c"), "unreachable");
    assert.equal(skipReasonIn(header, "d"), undefined);
  });

  it("of anything else says nothing", () => {
    for (const header of [
      undefined,
      "",
      "server_error",
      'constructor;session_identifier="a"',
      'server_error;session_identifier="a',
    ])
      assert.equal(skipReasonIn(header, "a"), undefined);
    const long = `server_error;session_identifier="a"${" ".repeat(1024)}`;
    assert.equal(skipReasonIn(long, "a"), undefined);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, id) => void skipReasonIn(text, id)),
    );
  });
});
