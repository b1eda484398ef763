import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { scanCookies } from "../../src/cookie/scan.ts";

const NAME = "__Host-session";

/** The same, the obvious way. */
function splitCookies(header: string, name: string, most: number): string[] {
  return header
    .split(";")
    .map((pair) => pair.replace(/^[ \t]+/, ""))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^[ \t]+|[ \t]+$/g, ""))
    .slice(0, Math.max(0, most));
}

describe("scanning a Cookie header", () => {
  it("finds the cookie wherever it stands", () => {
    for (const header of [
      "__Host-session=v",
      "a=1; __Host-session=v",
      "__Host-session=v; b=2",
      "a=1;__Host-session=v;b=2",
      "a=1 ;\t __Host-session=v\t ; b=2",
      ";;; __Host-session=v",
      "__Host-session= v ;",
    ]) {
      assert.deepEqual(scanCookies(header, NAME, 4), ["v"], header);
    }
  });

  it("takes no other cookie for it", () => {
    for (const header of [
      "",
      "__Host-session",
      "=__Host-session=v",
      "x__Host-session=v",
      "x __Host-session=v",
      "__Host-session =v",
      "__Host-session\t=v",
      "__HOST-session=v",
      "__Host-Session=v",
      "__Host-session2=v",
      "__Host%2Dsession=v",
      '"__Host-session"=v',
      "\u2000__Host-session=v",
      "\u00a0__Host-session=v",
      "\v__Host-session=v",
      "\n__Host-session=v",
      "\0__Host-session=v",
      "a=__Host-session=v",
      "a=b, __Host-session=v",
      '$Version="1", __Host-session=v',
      "session=v",
    ]) {
      assert.deepEqual(scanCookies(header, NAME, 4), [], JSON.stringify(header));
    }
  });

  it("leaves values as they are: quoted, percent-encoded, with `=`, empty", () => {
    const header = '__Host-session="v"; __Host-session=%76; __Host-session=a=b; __Host-session=';
    assert.deepEqual(scanCookies(header, NAME, 4), ['"v"', "%76", "a=b", ""]);
  });

  it("collects duplicates in their order, and no more than asked for", () => {
    const header = "__Host-session=1; x=y; __Host-session=2; __Host-session=3";
    assert.deepEqual(scanCookies(header, NAME, 4), ["1", "2", "3"]);
    assert.deepEqual(scanCookies(header, NAME, 2), ["1", "2"]);
    assert.deepEqual(scanCookies(header, NAME, 1), ["1"]);
    assert.deepEqual(scanCookies(header, NAME, 0), []);
  });

  it("makes no new array when there is nothing to find", () => {
    const none = scanCookies(undefined, NAME, 4);
    assert.equal(scanCookies("theme=dark", NAME, 4), none);
    assert.ok(Object.isFrozen(none));
  });

  it("finds what splitting at every `;` finds, in any header", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        NAME,
        "session",
        "sid",
        "=",
        ";",
        "; ",
        " ",
        "\t",
        "\0",
        "\r\n",
        '"',
        "%3D",
        "%3B",
        ",",
        "__proto__",
        "\u2000",
      ),
      fc.string({ maxLength: 8 }),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    const header = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
    const name = fc.constantFrom(NAME, "session", "sid", "aa", "__proto__");
    fc.assert(
      fc.property(header, name, fc.integer({ min: 0, max: 5 }), (text, wanted, most) => {
        assert.deepEqual([...scanCookies(text, wanted, most)], splitCookies(text, wanted, most));
      }),
      { numRuns: 3_000 },
    );
  });

  it("finds it among 2,000 cookies and behind 64 KiB", () => {
    const many = Array.from({ length: 2_000 }, (_, i) => `${NAME}${i}=${i}`);
    assert.deepEqual(scanCookies([...many, `${NAME}=v`].join("; "), NAME, 4), ["v"]);
    assert.deepEqual(scanCookies(`a=${NAME.repeat(5_000)}; ${NAME}=v`, NAME, 4), ["v"]);
  });

  it("takes time in proportion to the header's length, however it is made up", () => {
    const hostile: ((length: number) => string)[] = [
      (length) => NAME.repeat(length / NAME.length),
      (length) => `${NAME.repeat(length / NAME.length)};`,
      (length) => `${NAME} `.repeat(length / (NAME.length + 1)),
      (length) => " ".repeat(length) + NAME,
      (length) => `${" ".repeat(length / 2)}x${` ${NAME}`.repeat(length / 2 / (NAME.length + 1))}`,
      (length) => `${NAME};`.repeat(length / (NAME.length + 1)),
      (length) => `${NAME}=${" ".repeat(length)}`,
      (length) => "_".repeat(length),
      (length) => "__Host-sessio".repeat(length / 13),
    ];
    for (const make of hostile) {
      const [short, long] = [fastest(make(1 << 16)), fastest(make(1 << 20))];
      // 16 times the length: a quadratic scan would take 256 times as long.
      assert.ok(long < 100 * Math.max(short, 0.02), `${make}: ${short} ms, then ${long} ms`);
    }
  });
});

function fastest(header: string): number {
  header.charCodeAt(0); // makes one flat string of the repeated pieces
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    scanCookies(header, NAME, 4);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
