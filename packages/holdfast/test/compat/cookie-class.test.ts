import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { libraries, stoppedTime } from "../support/side-by-side.ts";

interface CookieLike {
  path: unknown;
  maxAge: unknown;
  expires: unknown;
  httpOnly: unknown;
  originalMaxAge: unknown;
  readonly data: Record<string, unknown>;
  serialize(name: string, value: string): string;
}

type CookieClass = new (options?: unknown) => CookieLike;

const [Theirs, Ours] = [libraries.expressSession.Cookie, libraries.compat.Cookie] as unknown as CookieClass[];
const NOW = Date.UTC(2030, 0, 1);

/** All that can be seen of a cookie; or the error that came instead. */
function seen(
  Cookie: CookieClass | undefined,
  options: unknown,
  change?: (cookie: CookieLike) => void,
): unknown {
  assert.ok(Cookie);
  try {
    const cookie = new Cookie(options);
    change?.(cookie);
    const { path, maxAge, expires, httpOnly, originalMaxAge, data } = cookie;
    const json = JSON.stringify(cookie);
    return { path, maxAge, expires, httpOnly, originalMaxAge, data, json, keys: Object.keys(data) };
  } catch (error) {
    return String(Reflect.get(Object(error), "message"));
  }
}

describe("new Cookie()", () => {
  it("is for the whole site, not for scripts, and until the browser closes", () => {
    assert.deepEqual(seen(Ours, undefined), {
      path: "/",
      maxAge: null,
      expires: null,
      httpOnly: true,
      originalMaxAge: null,
      data: {
        originalMaxAge: null,
        partitioned: undefined,
        priority: undefined,
        expires: null,
        secure: undefined,
        httpOnly: true,
        domain: undefined,
        path: "/",
        sameSite: undefined,
      },
      json: '{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}',
      keys: [
        "originalMaxAge",
        "partitioned",
        "priority",
        "expires",
        "secure",
        "httpOnly",
        "domain",
        "path",
        "sameSite",
      ],
    });
  });

  it("refuses options that are no object, and ages that are none", () => {
    assert.ok(Ours);
    for (const options of [42, "foo", true, () => {}, Symbol("s")]) {
      assert.throws(() => new Ours(options), /argument options must be/);
    }
    for (const maxAge of ["42", true, {}, [], () => {}]) {
      assert.throws(() => new Ours({ maxAge }), /maxAge must be a number or Date/);
    }
  });

  it("takes what express-session's takes, and is then the same", (test) => {
    stoppedTime(test);
    const date = fc.date({ min: new Date(0), max: new Date(8e15), noInvalidDate: true });
    const options = fc.record(
      {
        path: fc.constantFrom("/", "/foo", "", undefined),
        maxAge: fc.oneof(
          fc.integer(),
          fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
          date,
          fc.constant(null),
        ),
        expires: fc.oneof(date, fc.constantFrom(null, undefined)),
        httpOnly: fc.boolean(),
        secure: fc.constantFrom(true, false, "auto"),
        sameSite: fc.constantFrom("lax", "auto", true, undefined),
        domain: fc.string(),
        priority: fc.string(),
        partitioned: fc.boolean(),
        originalMaxAge: fc.oneof(fc.integer(), fc.constant(null)),
        data: fc.anything(),
        other: fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(options, fc.constant(null), fc.constant(undefined)), (given) => {
        assert.deepEqual(seen(Ours, given), seen(Theirs, given));
      }),
      { numRuns: 300 },
    );
  });
});

describe("A cookie's maxAge and expires", () => {
  const date = new Date(NOW + 60_000);
  const changes: Readonly<Record<string, (cookie: CookieLike) => void>> = {
    "maxAge = number": (cookie) => {
      cookie.maxAge = 5_000;
    },
    "maxAge = date": (cookie) => {
      cookie.maxAge = date;
    },
    "maxAge = null": (cookie) => {
      cookie.maxAge = null;
    },
    "maxAge = text": (cookie) => {
      cookie.maxAge = "5000";
    },
    "maxAge = undefined": (cookie) => {
      cookie.maxAge = undefined;
    },
    "expires = date": (cookie) => {
      cookie.expires = date;
    },
    "expires = null": (cookie) => {
      cookie.expires = null;
    },
    "expires = false": (cookie) => {
      cookie.expires = false;
    },
    "originalMaxAge, then maxAge from it": (cookie) => {
      cookie.originalMaxAge = 7_000;
      cookie.maxAge = cookie.originalMaxAge;
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`are two views of one date, as in express-session: ${what}`, (test) => {
      stoppedTime(test);
      for (const options of [undefined, { maxAge: 60_000 }, { expires: date }]) {
        assert.deepEqual(seen(Ours, options, change), seen(Theirs, options, change));
      }
    });
  }

  it("runs out as time passes", (test) => {
    const time = stoppedTime(test);
    assert.ok(Ours);
    const cookie = new Ours({ maxAge: 60_000 });
    time.pass(20_000);
    assert.deepEqual([cookie.maxAge, cookie.originalMaxAge], [40_000, 60_000]);
    assert.deepEqual(cookie.expires, date);
  });
});

describe("serialize()", () => {
  it("writes the header that express-session's writes", (test) => {
    stoppedTime(test);
    const written = (
      Cookie: CookieClass | undefined,
      options: unknown,
      name: string,
      value: string,
    ): string => {
      assert.ok(Cookie);
      try {
        return new Cookie(options).serialize(name, value);
      } catch (error) {
        return String(Reflect.get(Object(error), "message"));
      }
    };
    const options = fc.record(
      {
        maxAge: fc.integer({ min: 0, max: 1e9 }),
        // Ours allows these two, which are harmless.
        domain: fc.oneof(fc.domain(), fc.string()).filter((text) => !text.includes("_")),
        path: fc.oneof(fc.webPath(), fc.string()).filter((text) => !text.includes("<")),
        sameSite: fc.constantFrom("lax", "Strict", "none", true, false, "auto"),
        priority: fc.constantFrom("low", "Medium", "high", "none"),
        secure: fc.boolean(),
        partitioned: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const name = fc.oneof(fc.constantFrom("connect.sid", "a"), fc.string());
    const value = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(options, name, value, (given, called, holds) => {
        assert.equal(written(Ours, given, called, holds), written(Theirs, given, called, holds));
      }),
      { numRuns: 500 },
    );
  });
});
