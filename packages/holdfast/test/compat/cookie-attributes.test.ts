import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { CookieOptions } from "express-session";
import fc from "fast-check";
import { legacyStore } from "../support/legacy-store.ts";
import { type Library, serveLegacy, settle, sideBySide, stoppedTime } from "../support/side-by-side.ts";

/** What a first request's cookie and its row look like with these options. */
async function made(test: TestContext, library: Library, cookie: unknown, name?: string): Promise<unknown> {
  const store = legacyStore(library);
  const options = {
    store,
    genid: () => "id",
    cookie: cookie as CookieOptions,
    ...(name !== undefined && { name }),
  };
  const { agent, errors } = await serveLegacy(
    test,
    library,
    options,
    (req, res) => {
      req.session.n = 1;
      res.end(String(req.session.cookie.maxAge));
    },
    { https: true },
  );
  const { status, text, setCookie } = await agent.get("/");
  await settle();
  return { status, text, setCookie, errors, rows: [...store.rows] };
}

describe("A cookie's attributes, header and row", () => {
  const options: Readonly<Record<string, unknown>> = {
    none: {},
    httpOnly: { httpOnly: true },
    "no httpOnly": { httpOnly: false },
    secure: { secure: true },
    "not secure": { secure: false },
    path: { path: "/" },
    "no path": { path: "" },
    domain: { domain: "shop.example" },
    "domain with a dot": { domain: ".shop.example" },
    partitioned: { partitioned: true },
    "not partitioned": { partitioned: false },
    ...named("priority", ["low", "medium", "high", "HIGH", undefined, null, ""]),
    ...named("sameSite", [true, false, "lax", "strict", "none", "Lax", "NONE", undefined, null]),
    ...named("maxAge", [60_000, 1, 1.5, null, undefined, 8.64e15, 0, -1000]),
    ...named("expires", [new Date(Date.UTC(2031, 5, 1)), new Date(0), null, undefined]),
    "maxAge, then expires": { maxAge: 60_000, expires: new Date(Date.UTC(2031, 5, 1)) },
    "expires, then maxAge": { expires: new Date(Date.UTC(2031, 5, 1)), maxAge: 60_000 },
    "originalMaxAge of its own": { maxAge: 60_000, originalMaxAge: 5_000 },
    "data of its own": { data: { path: "/elsewhere" } },
    "what nobody knows": { signed: true, overwrite: true },
    all: {
      path: "/",
      httpOnly: true,
      secure: true,
      maxAge: 1_000,
      domain: "shop.example",
      sameSite: "lax",
      priority: "high",
      partitioned: true,
    },
  };
  for (const [what, cookie] of Object.entries(options)) {
    it(`are express-session's, byte for byte: ${what}`, async (test) => {
      stoppedTime(test);
      const { expressSession, compat } = await sideBySide((library) => made(test, library, cookie));
      assert.deepEqual(compat, expressSession);
    });
  }

  it("are express-session's for any mixture of options", async (test) => {
    stoppedTime(test);
    const mixture = fc.record(
      {
        path: fc.constantFrom("/", ""),
        httpOnly: fc.boolean(),
        secure: fc.boolean(),
        maxAge: fc.oneof(fc.integer({ min: -1e6, max: 1e12 }), fc.constant(null)),
        expires: fc.oneof(
          fc.date({ min: new Date(0), max: new Date(8e15), noInvalidDate: true }),
          fc.constant(null),
        ),
        domain: fc.constantFrom("shop.example", "localhost", "xn--bcher-kva.example"),
        sameSite: fc.constantFrom("lax", "strict", "none", true, false),
        priority: fc.constantFrom("low", "medium", "high"),
        partitioned: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(mixture, async (cookie) => {
        const { expressSession, compat } = await sideBySide((library) => made(test, library, cookie));
        assert.deepEqual(compat, expressSession);
      }),
      { numRuns: 60 },
    );
  });

  const impossible: Readonly<Record<string, unknown>> = {
    ...named("sameSite", ["sideways", 7]),
    ...named("priority", ["urgent"]),
    ...named("domain", ["two words", "a\r\nb", "a;b"]),
    ...named("path", ["/;x", "/\r\nSet-Cookie: a=b", "/\u00e4"]),
    ...named("expires", [new Date(Number.NaN)]),
  };
  for (const [what, cookie] of Object.entries(impossible)) {
    it(`that no browser understands are an error, and no cookie: ${what}`, async (test) => {
      stoppedTime(test);
      const { expressSession, compat } = await sideBySide((library) => made(test, library, cookie));
      assert.deepEqual(compat, expressSession);
    });
  }
});

describe("A cookie's name", () => {
  for (const name of ["connect.sid", "sid", "__Host-sid", "a!#$%&'*+-.^_`|~0"]) {
    it(`is the \`name\` option: ${name}`, async (test) => {
      const { expressSession, compat } = await sideBySide((library) => made(test, library, {}, name));
      assert.deepEqual(compat, expressSession);
    });
  }
  for (const name of ["two words", "a;b", "a=b", "\u00e4", "a\r\nb"]) {
    it(`that is no token is an error, and no cookie: ${JSON.stringify(name)}`, async (test) => {
      const { expressSession, compat } = await sideBySide((library) => made(test, library, {}, name));
      assert.deepEqual(compat, expressSession);
    });
  }
});

function named(option: string, values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    values.map((value) => [`${option} ${JSON.stringify(value)}`, { [option]: value }]),
  );
}
