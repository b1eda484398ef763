import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MemoryStore } from "../../../src/store/memory.ts";
import { boundBrowser, deviceApp, offerTo } from "../../support/device-app.ts";
import { jws, newDeviceKey } from "../../support/device-keys.ts";

// What Node's own client lets out in a header, up to more than its server takes.
const visible = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
const octet = fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code));
const short = fc.string({ unit: fc.oneof(visible, octet, fc.constant("\t")), maxLength: 300 });
const long = fc
  .tuple(visible, fc.integer({ min: 8000, max: 20_000 }))
  .map(([char, times]) => char.repeat(times));

describe("The endpoints of device-bound sessions, asked with anything", () => {
  it("answer 4xx without a body, and touch no session", async (test) => {
    const store = new MemoryStore<unknown>();
    const app = await deviceApp(test, [store]);
    const bound = await boundBrowser(app);
    const { challenge, id } = await offerTo(app.browser());
    const key = newDeviceKey();
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(challenge, id, bound.binding?.challenge, "dbsc+jwt", key.jwk),
    );
    const proof = fc
      .tuple(
        fc.dictionary(
          fc.constantFrom("alg", "typ", "jwk", "x", "__proto__"),
          fc.oneof(value, fc.constant("ES256")),
        ),
        fc.dictionary(fc.constantFrom("jti", "authorization", "aud", "constructor"), value),
      )
      .map(([header, payload]) => jws(key, header, payload));
    const name = fc.constantFrom(id, bound.binding?.id ?? "", id.slice(0, 26));
    const header = fc.oneof({ weight: 4, arbitrary: short }, { weight: 2, arbitrary: proof }, name, long);
    const headers = fc.record(
      {
        "sec-secure-session-id": header,
        "secure-session-response": header,
        cookie: header,
        host: short,
        origin: short,
      },
      { requiredKeys: [] },
    );
    const path = fc.constantFrom(
      "/device-bound/register",
      "/device-bound/refresh",
      "/device-bound/refresh?a=b",
    );
    let writes = 0;
    const { update } = store;
    store.update = (...args) => {
      writes += 1;
      return update.apply(store, args);
    };
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.constantFrom("POST", "POST", "GET", "PUT", "OPTIONS"),
        headers,
        async (to, method, sent) => {
          const reply = await app.browser().raw(to, method, { ...sent, host: sent.host?.trim() || "x" });
          const isEnd = reply.status === 200 && JSON.parse(reply.text).continue === false;
          const isUnclear = reply.status === 503;
          assert.ok(isEnd || isUnclear || (reply.status >= 400 && reply.status < 500), `${reply.status}`);
          if (!isEnd) assert.equal(reply.text, "");
        },
      ),
      { numRuns: 120 },
    );
    assert.equal(writes, 0);
    assert.equal((await bound.json("/me")).userId, "anna");
  });
});
