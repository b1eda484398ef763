import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeClient } from "../../src/http/user-agent.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("describeClient", () => {
  it("names the browsers and systems that people use", () => {
    const known: readonly [agent: string, label: string][] = [
      [
        `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
        "Chrome on Windows, desktop",
      ],
      [
        `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`,
        "Edge on Windows, desktop",
      ],
      [
        `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0`,
        "Opera on Linux, desktop",
      ],
      [
        `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`,
        "Chrome on ChromeOS, desktop",
      ],
      [
        `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36`,
        "Chrome on Android, phone",
      ],
      [
        `Mozilla/5.0 (Linux; Android 14) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
        "Samsung Internet on Android, phone",
      ],
      [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Firefox on Windows, desktop",
      ],
      [
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
        "Safari on macOS, desktop",
      ],
      [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
        "Safari on iPhone, phone",
      ],
      [
        "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
        "Chrome on iPad, phone",
      ],
      ["curl/8.5.0", "curl on unknown system, unknown"],
    ];
    for (const [agent, label] of known) {
      const { browser, system, form } = describeClient(agent);
      assert.equal(`${browser} on ${system}, ${form}`, label);
    }
  });

  it("admits what it does not know", () => {
    for (const agent of [undefined, "", "<script>", "Mozilla/5.0"]) {
      assert.deepEqual(describeClient(agent), {
        browser: "Unknown browser",
        system: "unknown system",
        form: "unknown",
      });
    }
  });
});
