import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type RequireHttpsOptions, requireHttps } from "../../src/defence/index.ts";
import { host, serve } from "../support/https-app.ts";
import { inEnvironment } from "../support/policy-apps.ts";

describe("The options of requireHttps()", () => {
  it("say what browsers are told", async (test) => {
    const values: [RequireHttpsOptions["hsts"], string | undefined][] = [
      [{}, "max-age=31536000; includeSubDomains"],
      [{ maxAge: "730d", preload: true }, "max-age=63072000; includeSubDomains; preload"],
      [{ maxAge: "1h", includeSubDomains: false }, "max-age=3600"],
      [{ maxAge: 0 }, "max-age=0; includeSubDomains"],
      [false, undefined],
    ];
    for (const [hsts, value] of values) {
      const agent = await serve(test, { host, hsts }, { https: true });
      const { headers } = await agent.get("/", { headers: { host } });
      assert.equal(headers["strict-transport-security"], value);
    }
  });

  it("stop the app at start if they are wrong", () => {
    const wrong: [object, string][] = [
      [{ hosts: "example.com" }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ host: "https://example.com" }, "ERR_HOLDFAST_OPTION"],
      [{ host: "example.com/x" }, "ERR_HOLDFAST_OPTION"],
      [{ host: "a@b" }, "ERR_HOLDFAST_OPTION"],
      [{ host: "example.com:99999" }, "ERR_HOLDFAST_OPTION"],
      [{ host: [] }, "ERR_HOLDFAST_OPTION"],
      [{ host: "" }, "ERR_HOLDFAST_OPTION"],
      [{ host, proxy: "loopback" }, "ERR_HOLDFAST_OPTION"],
      [{ host, exempt: "/healthz" }, "ERR_HOLDFAST_OPTION"],
      [{ host, exempt: ["healthz"] }, "ERR_HOLDFAST_OPTION"],
      [{ host, onWarning: true }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: true }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: { maxage: 1 } }, "ERR_HOLDFAST_OPTION_UNKNOWN"],
      [{ host, hsts: { maxAge: "soon" } }, "ERR_HOLDFAST_DURATION"],
      [{ host, hsts: { includeSubDomains: "no" } }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: { preload: true, maxAge: "30d" } }, "ERR_HOLDFAST_OPTION"],
      [{ host, hsts: { preload: true, includeSubDomains: false } }, "ERR_HOLDFAST_OPTION"],
    ];
    for (const [options, code] of wrong)
      assert.throws(() => requireHttps(options), { code }, JSON.stringify(options));
  });

  it("must name the host in production", () => {
    inEnvironment("production", () => {
      assert.throws(() => requireHttps(), { code: "ERR_HOLDFAST_OPTION", message: /needs `host`/ });
    });
    inEnvironment("development", () => requireHttps());
  });
});
