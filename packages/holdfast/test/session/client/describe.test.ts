import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { describeClient } from "../../../src/session/client/describe.ts";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

const CLIENTS: readonly (readonly [userAgent: string, system: string, browser: string])[] = [
  [`${WINDOWS} ${BLINK}`, "Windows", "Chrome"],
  [`${WINDOWS} ${BLINK} Edg/131.0.2903.86`, "Windows", "Edge"],
  [`${MAC} ${BLINK} OPR/115.0.0.0`, "macOS", "Opera"],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, "macOS", "Safari"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Linux", "Firefox"],
  ["Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/131.0.0.0", "ChromeOS", "Chrome"],
  ["Mozilla/5.0 (X11; OpenBSD amd64; rv:133.0) Gecko/20100101 Firefox/133.0", "BSD", "Firefox"],
  [`${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`, "iOS", "Safari"],
  [`${IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`, "iOS", "Chrome"],
  [`${IPHONE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15`, "iOS", "Firefox"],
  [`${IPHONE} Mobile/15E148`, "iOS", "WebKit"],
  [`${ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36`, "Android", "Chrome"],
  [`${ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`, "Android", "Samsung Internet"],
  ["Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko", "Windows", "Internet Explorer"],
  ["curl/8.11.0", "unknown", "curl"],
  ["python-requests/2.32.3", "unknown", "python-requests"],
  ["MyShop 4.2 (iPhone; iOS 18)", "iOS", "MyShop"],
  ["Mozilla/5.0 (something new)", "unknown", "unknown"],
  ["", "unknown", "unknown"],
];

describe("the family of a browser", () => {
  for (const [userAgent, system, browser] of CLIENTS) {
    it(`of ${JSON.stringify(userAgent.slice(0, 90))} is ${browser} on ${system}`, () => {
      assert.deepEqual(describeClient(userAgent), { system, browser });
    });
  }

  it("is unknown without a User-Agent", () => {
    assert.deepEqual(describeClient(undefined), { system: "unknown", browser: "unknown" });
  });

  it("does not change with any version number", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CLIENTS),
        fc.nat({ max: 999 }),
        ([userAgent, system, browser], number) => {
          const updated = userAgent.replace(/(?<=(?:Chrome|Firefox|Version|Edg|curl)\/)\d+/g, String(number));
          assert.deepEqual(describeClient(updated), { system, browser });
        },
      ),
    );
  });

  it("is short and harmless for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        for (const family of Object.values(describeClient(text)))
          assert.match(family, /^[\w.-]+(?: [\w.]+)?$/);
        for (const family of Object.values(describeClient(text))) assert.ok(family.length <= 32);
      }),
    );
  });

  it("is found without reading more than the first 256 characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 256, maxLength: 400 }), (text) => {
        assert.deepEqual(describeClient(text), describeClient(text.slice(0, 256)));
        assert.deepEqual(
          describeClient(text),
          describeClient(text.slice(0, 256) + "Firefox/1".repeat(100_000)),
        );
      }),
    );
  });
});
