import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseCookieDate } from "../../src/cookie/cookie-date.ts";
import { flawOf, parseSetCookie, serializeSetCookie } from "../../src/cookie/set-cookie.ts";

const flaw = (header: string, anyOctets = false) => flawOf(header, parseSetCookie(header), anyOctets);

describe("A Set-Cookie header", () => {
  it("is read as browsers read it", () => {
    const { name, value, attributes } = parseSetCookie(
      " a b = c=d ;Path=/x; ; HTTPONLY ;=odd; Secure=no;domain = .Example.com",
    );
    assert.deepEqual([name, value], ["a b", "c=d"]);
    assert.deepEqual(
      [...attributes],
      [
        ["path", { name: "Path", value: "/x" }],
        ["httponly", { name: "HTTPONLY", value: undefined }],
        ["secure", { name: "Secure", value: "no" }],
        ["domain", { name: "domain", value: ".Example.com" }],
      ],
    );
  });

  it("has no name without an equals sign, and none before one that comes first", () => {
    for (const header of ["lonely", "=lonely", "  =  lonely", "lonely; Path=/"]) {
      const { name, value } = parseSetCookie(header);
      assert.deepEqual([name, value], ["", "lonely"], header);
    }
  });

  it("keeps the last of a repeated attribute, and passes over what is too long", () => {
    const long = "x".repeat(1025);
    const { attributes, ignored } = parseSetCookie(`a=b; path=/1; Path=/2; Domain=${long}; Path=${long}`);
    assert.deepEqual([...attributes.values()], [{ name: "Path", value: "/2" }]);
    assert.deepEqual(ignored, ["Path", "Domain", "Path"]);
  });

  it("means the same after it has been read and written, whatever is in it", () => {
    const piece = fc.oneof(
      fc.constantFrom(";", "=", " ", "\t", "a", "Path", "Domain=x", "Secure", "__Host-", "\r\n", "Max-Age=1"),
      fc.string({ unit: "binary", maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const once = parseSetCookie(pieces.join(""));
        const twice = parseSetCookie(serializeSetCookie(once));
        assert.deepEqual([twice.name, twice.value], [once.name, once.value]);
        assert.deepEqual([...twice.attributes], [...once.attributes]);
        assert.deepEqual(twice.ignored, []);
      }),
      { numRuns: 2000 },
    );
  });

  it("is read in a time that grows with its length and no faster", () => {
    for (const part of ["; ", ";=", "=;", " \t", "; Path=/", ";a=b", "a"]) {
      const header = part.repeat(2_000_000 / part.length);
      const before = process.cpuUsage().user;
      const cookie = parseSetCookie(header);
      flawOf(header, cookie, false);
      serializeSetCookie(cookie);
      const ms = (process.cpuUsage().user - before) / 1000;
      assert.ok(ms < 3000, `${JSON.stringify(part)}: ${ms} ms`);
    }
  });
});

describe("A cookie that must not be sent", () => {
  it("has a control character or a character beyond one octet anywhere, whatever is allowed", () => {
    for (const code of [0, 9, 10, 13, 0x1f, 0x7f, 0x10a, 0x10d, 0xff1b]) {
      const character = String.fromCharCode(code);
      for (const header of [`a=b${character}c`, `a${character}=b`, `a=b; Path=/${character}`]) {
        assert.match(flaw(header, true) ?? "", /^it has a (?:control )?character/, JSON.stringify(header));
      }
    }
  });

  it("has no name, or is too long for any browser", () => {
    for (const header of ["=__Host-session=x", "x", "", "; Path=/"])
      assert.equal(flaw(header, true), "it has no name", header);
    assert.equal(flaw(`a=${"x".repeat(4095)}`), undefined);
    assert.equal(flaw(`a=${"x".repeat(4096)}`), "name and value are longer than 4096 octets");
  });

  it("has an octet that the grammar does not allow, unless that is allowed", () => {
    const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
      (octet) => octet >= " " && octet !== "\x7f" && octet !== ";",
    );
    const legal = (octet: string) => /[!#-+\-./0-:<-[\]-~]/.test(octet);
    for (const octet of octets) {
      const header = `a=b${octet}c`;
      assert.equal(flaw(header) === undefined, legal(octet), header);
      assert.equal(flaw(header, true), undefined, header);
    }
    assert.equal(flaw('a="quoted"'), undefined);
    assert.match(flaw('a="half') ?? "", /value/);
    assert.match(flaw("a[0]=b") ?? "", /name/);
  });
});

describe("The date of a cookie", () => {
  const at = Date.UTC(2030, 5, 7, 8, 9, 10);

  it("is understood in every form that browsers understand", () => {
    for (const text of [
      new Date(at).toUTCString(),
      "Friday, 07-Jun-30 08:09:10 GMT",
      "Fri Jun  7 08:09:10 2030",
      "7 june 2030 8:9:10",
      "2030 Jun 07 08:09:10 +0200",
    ]) {
      assert.equal(parseCookieDate(text), at, text);
    }
    assert.equal(parseCookieDate("Thu, 01 Jan 70 00:00:00 GMT"), 0);
    assert.equal(parseCookieDate("01 Jan 69 00:00:00"), Date.UTC(2069, 0, 1));
  });

  it("is none if a part is missing or impossible", () => {
    for (const text of [
      "",
      "0",
      "tomorrow",
      "07 Jun 2030",
      "31 Jun 2030 00:00:00",
      "07 Jun 1600 00:00:00",
      "07 Jun 2030 24:00:00",
      "07 Jun 2030 00:60:00",
      "00 Jun 2030 00:00:00",
    ]) {
      assert.equal(parseCookieDate(text), undefined, text);
    }
  });

  it("reads back every date that JavaScript writes, and throws at no text", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        assert.equal(parseCookieDate(new Date(seconds * 1000).toUTCString()), seconds * 1000);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseCookieDate(text)));
  });
});
