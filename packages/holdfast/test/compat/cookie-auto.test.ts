import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import type { CookieOptions } from "express-session";
import {
  attributesOf,
  itInBoth,
  type LegacyOptions,
  type Library,
  serveLegacy,
} from "../support/side-by-side.ts";

/** The first cookie's attributes, asked for with these headers by an app that calls itself secure, or does not. */
async function attributes(
  test: TestContext,
  library: Library,
  options: LegacyOptions,
  { secure, forwarded, https = false }: { secure?: boolean; forwarded?: string; https?: boolean },
): Promise<string[]> {
  const { agent } = await serveLegacy(
    test,
    library,
    { saveUninitialized: true, ...options },
    (_req, res) => res.end(),
    {
      https,
      before: (req) => {
        if (secure !== undefined) Object.defineProperty(req, "secure", { value: secure });
      },
    },
  );
  return attributesOf(await agent.get("/", { headers: { "x-forwarded-proto": forwarded } }));
}

const auto = { secure: "auto" } as const;
// Its types do not know it yet.
const sameSiteAuto = { sameSite: "auto" } as unknown as CookieOptions;
const plain = "Path=/; HttpOnly";
const secured = "Path=/; HttpOnly; Secure";

describe('secure: "auto"', () => {
  itInBoth("follows the connection", async (test, library) => {
    assert.deepEqual(await attributes(test, library, { cookie: auto }, { https: true }), [secured]);
    assert.deepEqual(await attributes(test, library, { cookie: auto }, { https: false }), [plain]);
  });

  itInBoth("follows X-Forwarded-Proto where the proxy is trusted", async (test, library) => {
    const options = { cookie: auto, proxy: true };
    assert.deepEqual(await attributes(test, library, options, { forwarded: "https" }), [secured]);
    assert.deepEqual(await attributes(test, library, options, { forwarded: "HTTPS , http" }), [secured]);
    assert.deepEqual(await attributes(test, library, options, { forwarded: "http, https" }), [plain]);
    assert.deepEqual(await attributes(test, library, options, {}), [plain]);
  });

  itInBoth("follows Express's req.secure where `proxy` says nothing", async (test, library) => {
    const options = { cookie: auto };
    assert.deepEqual(await attributes(test, library, options, { secure: true }), [secured]);
    assert.deepEqual(await attributes(test, library, options, { secure: false, forwarded: "https" }), [
      plain,
    ]);
  });

  itInBoth("believes neither where `proxy` is false", async (test, library) => {
    const options = { cookie: auto, proxy: false };
    assert.deepEqual(await attributes(test, library, options, { secure: true, forwarded: "https" }), [plain]);
    assert.deepEqual(await attributes(test, library, options, { https: true }), [secured]);
  });
});

describe('sameSite: "auto"', () => {
  itInBoth("is None over HTTPS and Lax over HTTP", async (test, library) => {
    const options = { cookie: sameSiteAuto };
    assert.deepEqual(await attributes(test, library, options, { https: true }), [`${plain}; SameSite=None`]);
    assert.deepEqual(await attributes(test, library, options, { secure: true }), [`${plain}; SameSite=None`]);
    assert.deepEqual(await attributes(test, library, options, {}), [`${plain}; SameSite=Lax`]);
  });

  itInBoth("is Secure too where `secure` says so", async (test, library) => {
    const both = { cookie: { ...sameSiteAuto, ...auto } };
    assert.deepEqual(await attributes(test, library, both, { https: true }), [`${secured}; SameSite=None`]);
    assert.deepEqual(await attributes(test, library, both, {}), [`${plain}; SameSite=Lax`]);
    const always = { cookie: { ...sameSiteAuto, secure: true } };
    assert.deepEqual(await attributes(test, library, always, { https: true }), [`${secured}; SameSite=None`]);
    assert.deepEqual(await attributes(test, library, always, {}), []);
  });
});

describe("A Secure cookie", () => {
  const secure = { cookie: { secure: true } };

  itInBoth("goes out over TLS alone", async (test, library) => {
    assert.deepEqual(await attributes(test, library, secure, { https: true }), [secured]);
    assert.deepEqual(await attributes(test, library, secure, {}), []);
  });

  itInBoth("goes out behind a proxy that is trusted and says so", async (test, library) => {
    assert.deepEqual(await attributes(test, library, { ...secure, proxy: true }, { forwarded: "https" }), [
      secured,
    ]);
    assert.deepEqual(await attributes(test, library, { ...secure, proxy: true }, { secure: true }), []);
    assert.deepEqual(
      await attributes(test, library, { ...secure, proxy: false }, { forwarded: "https" }),
      [],
    );
    assert.deepEqual(await attributes(test, library, secure, { forwarded: "https" }), []);
    assert.deepEqual(await attributes(test, library, secure, { secure: true }), [secured]);
  });
});
