import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { type SessionOptions, session } from "../../src/index.ts";
import { KeyRing } from "../../src/keys/key-ring.ts";
import { eventfulLife } from "../support/eventful-life.ts";
import { NAME, strongSecret } from "../support/session-app.ts";
import { type Traces, traces } from "../support/traces.ts";

/** Everything there is to see in a value: hidden, nested and causing. */
const seen = (value: unknown): string =>
  inspect(value, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null });

describe("no id, secret, handle or key", () => {
  it("is in any event, warning, error or page, whatever happens", async (test) => {
    const secret = strongSecret();
    const channels = ["store", "load", "commit"].map((name): Traces => traces(test, `holdfast:${name}`));
    const life = await eventfulLife(test, { secret });
    const secrets = new Map<string, string>([["the server's secret", secret]]);
    const [legacyId = "", legacyMac = ""] = life.legacy.slice("s%3A".length).split(".");
    secrets.set("a legacy id", legacyId).set("a legacy MAC", legacyMac);
    for (const cookie of life.cookies) {
      const [, handle = "", clientSecret = "", mac = ""] = cookie.split(".");
      secrets
        .set("a session id", cookie)
        .set(`a handle ${handle}`, handle)
        .set(`a secret ${handle}`, clientSecret)
        .set(`a MAC ${handle}`, mac);
      const [key] = new KeyRing([secret]).keys;
      if (key !== undefined)
        secrets.set(`a wrapping key ${handle}`, key.wrappingKey(handle, clientSecret).toString("base64url"));
    }
    life.device.forEach((one, index) => {
      secrets.set(`what a device signed or got, ${index}`, one);
    });
    assert.ok(life.cookies.size >= 8);
    const pages = life.replies.map(({ text, status, headers: { "set-cookie": _cookie, ...headers } }) => ({
      text,
      status,
      headers,
    }));
    const traced = channels.flatMap(({ messages }) => messages);
    const places = { events: life.events, warnings: life.warnings, errors: life.errors, pages, traced };
    for (const [place, content] of Object.entries(places)) {
      assert.ok(content.length > 0, place);
      const text = seen(content) + JSON.stringify(content);
      for (const [what, value] of secrets)
        assert.equal(text.includes(value), false, `${what} is among the ${place}`);
      assert.equal(text.includes(`${NAME}=`), false, `a cookie header is among the ${place}`);
    }
  });

  it("is shown by looking at the middleware", () => {
    const secret = strongSecret();
    const sessions = session({ secret });
    assert.equal(seen(sessions).includes(secret), false);
    return sessions.close();
  });

  it("is in the message of any option that is refused", () => {
    const secret = strongSecret();
    const misplaced: Record<string, unknown>[] = [
      { secret: [secret, secret] },
      { secret: [secret, "short but secret"] },
      { secret, idle: secret },
      { secret, name: `${secret};` },
      { secret, cookie: secret },
      { secret, cookie: { maxAge: secret } },
      { secret, cookie: { sameSite: secret } },
      { secret, origin: secret },
      { secret, store: secret },
      { secret, unset: secret },
      { secret, keep: secret },
      { secret, storeTimeout: secret },
      { secret, onSuperseded: secret },
    ];
    for (const options of misplaced) {
      assert.throws(
        () => session(options as SessionOptions),
        (error) =>
          error instanceof Error &&
          !seen(error).includes(secret) &&
          !seen(error).includes("short but secret"),
        Object.keys(options).join(),
      );
    }
  });
});
