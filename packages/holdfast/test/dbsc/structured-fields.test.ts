import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { quoted, skipReasonIn, stringIn } from "../../src/dbsc/structured-fields.ts";
import { stringItem, tokenList } from "../support/sf-reference.ts";

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 1,
});

// What makes a string one, and what breaks it.
const stringLike = fc
  .array(fc.constantFrom('"', "\\", "a", " ", "~", "\t", "\n", "\x7f", "é", '\\"', "\\\\", ","), {
    maxLength: 12,
  })
  .map((parts) => `"${parts.join("")}`);

describe("A string in a header", () => {
  it("is what RFC 9651 takes for one, and nothing else that begins with a quote", () => {
    const any = fc.oneof(
      stringLike,
      stringLike.map((text) => `${text}"`),
      fc.string().map((text) => `"${text}"`),
    );
    fc.assert(
      // An empty one names nothing, and says nothing.
      fc.property(any, (text) => assert.equal(stringIn(text, 1000), stringItem(text) || undefined)),
      { numRuns: 2000 },
    );
  });

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

  it("is understood as RFC 9651 has it, with items and parameters that nobody knows", () => {
    const name = fc.constantFrom("a", "b-c_9");
    const token = fc.constantFrom("unreachable", "server_error", "quota_exceeded", "later", "*x");
    const parameter = fc.oneof(
      name.map((id) => `session_identifier="${id}"`),
      name.map((id) => `session_identifier=${id}`),
      fc.constantFrom("n", "since=soon", 'note="x"', 'session_identifier=""'),
    );
    const parameters = fc
      .uniqueArray(parameter, { maxLength: 3, selector: (it) => it.split("=")[0] })
      .map((all) => all.map((one) => `; ${one}`).join(""));
    const item = fc.tuple(token, parameters).map((parts) => parts.join(""));
    const lists = fc
      .array(fc.tuple(item, fc.constantFrom("", " ", "\t ")), { minLength: 1, maxLength: 5 })
      .map((all) => all.map((parts) => parts.join("")).join(", "));
    const said = (list: ReturnType<typeof tokenList>, id: string): string | undefined =>
      list?.find(([reason, its]) => isReason(reason) && its.get("session_identifier") === id)?.[0];
    const isReason = (reason: string): boolean => /^(unreachable|server_error|quota_exceeded)$/.test(reason);
    fc.assert(
      fc.property(lists, name, (text, id) => {
        const list = tokenList(text);
        assert.ok(list !== undefined, text);
        assert.equal(skipReasonIn(text, id), said(list, id), text);
      }),
      { numRuns: 1000 },
    );
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
