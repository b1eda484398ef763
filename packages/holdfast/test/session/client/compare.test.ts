import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compareClients, traitsOf } from "../../../src/session/client/compare.ts";
import type { Client } from "../../../src/session/record/header.ts";

const FIREFOX: Client = {
  ip: "203.0.113.7",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
};

const changes = (before: Client, now: Client): readonly string[] =>
  compareClients(traitsOf(before), traitsOf(now));

describe("two looks at a client", () => {
  it("differ in system, browser and network, each by itself", () => {
    assert.deepEqual(changes(FIREFOX, { ...FIREFOX, ip: "198.51.100.1" }), ["network"]);
    assert.deepEqual(
      changes(FIREFOX, {
        ...FIREFOX,
        userAgent: "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko Firefox/133.0",
      }),
      ["system"],
    );
    assert.deepEqual(
      changes(FIREFOX, {
        ...FIREFOX,
        userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0 Safari/537.36",
      }),
      ["browser"],
    );
    assert.deepEqual(changes(FIREFOX, { ip: "::1", userAgent: "curl/8" }), ["system", "browser", "network"]);
  });

  it("do not differ by a version, nor by another address of the same network", () => {
    const updated = FIREFOX.userAgent?.replaceAll("133", "140") ?? "";
    assert.deepEqual(changes(FIREFOX, { ip: "203.0.113.200", userAgent: updated }), []);
  });

  it("differ where something is not said any more, and not where it was never said", () => {
    assert.deepEqual(changes(FIREFOX, {}), ["system", "browser", "network"]);
    assert.deepEqual(changes({}, FIREFOX), []);
  });

  it("never differ from themselves", () => {
    const text = fc.option(fc.string({ unit: "binary", maxLength: 300 }), { nil: undefined });
    fc.assert(
      fc.property(text, fc.oneof(fc.ipV4(), fc.ipV6(), text), (userAgent, ip) => {
        const client = { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
        assert.deepEqual(changes(client, client), []);
      }),
    );
  });
});
