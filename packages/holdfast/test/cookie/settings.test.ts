import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CookieOptions } from "../../src/cookie/options.ts";
import { type CookieSettings, resolveCookie } from "../../src/cookie/settings.ts";
import { HoldfastError, type HoldfastErrorCode } from "../../src/errors.ts";

const DAY = 86_400_000;
const production = { absolute: DAY, absoluteGiven: false, production: true };
const development = { ...production, production: false };

/** Options as JavaScript may pass them, whatever the types say. */
function resolve(options: unknown, context = production, name?: unknown): CookieSettings {
  return resolveCookie({ name: name as string, cookie: options as CookieOptions }, context);
}

function refuses(
  code: HoldfastErrorCode,
  options: unknown,
  message: RegExp,
  context = production,
  name?: unknown,
): void {
  assert.throws(
    () => resolve(options, context, name),
    (error) => {
      assert.ok(error instanceof HoldfastError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("the cookie by default", () => {
  it("is __Host-session, for HTTPS only, Lax, and gone when the browser closes", () => {
    for (const cookie of [undefined, {}, { maxAge: null, domain: undefined, secure: true, httpOnly: true }]) {
      const settings = resolve(cookie);
      assert.deepEqual(
        { ...settings },
        {
          secureName: "__Host-session",
          plainName: "session",
          path: "/",
          domain: undefined,
          sameSite: "Lax",
          maxAge: undefined,
          partitioned: false,
          priority: undefined,
          http: "never",
        },
      );
      assert.ok(Object.isFrozen(settings));
    }
  });
});

describe("the cookie's name", () => {
  it("gets the strictest prefix that fits, and a prefix that is there is kept", () => {
    const names = (name: string, cookie?: CookieOptions) => {
      const { secureName, plainName } = resolve(cookie, production, name);
      return [secureName, plainName];
    };
    assert.deepEqual(names("sid"), ["__Host-sid", "sid"]);
    assert.deepEqual(names("connect.sid"), ["__Host-connect.sid", "connect.sid"]);
    assert.deepEqual(names("sid", { domain: "example.com" }), ["__Secure-sid", "sid"]);
    assert.deepEqual(names("sid", { path: "/app" }), ["__Secure-sid", "sid"]);
    assert.deepEqual(names("__Host-sid"), ["__Host-sid", "sid"]);
    assert.deepEqual(names("__Host-Http-sid"), ["__Host-Http-sid", "sid"]);
    assert.deepEqual(names("__Secure-sid"), ["__Secure-sid", "sid"]);
    assert.deepEqual(names("__Http-sid", { domain: "example.com" }), ["__Http-sid", "sid"]);
  });

  it("with __Host- is refused beside a domain or a path, which browsers would refuse silently", () => {
    for (const name of ["__Host-sid", "__Host-Http-sid"]) {
      for (const cookie of [{ domain: "example.com" }, { path: "/app" }]) {
        refuses(
          "ERR_HOLDFAST_COOKIE_OPTION",
          cookie,
          /Remove `cookie.domain` and `cookie.path`/,
          production,
          name,
        );
      }
    }
  });

  it("is refused with a prefix that is misspelt, doubled or alone", () => {
    const names = [
      "__host-sid",
      "__HOST-sid",
      "__secure-sid",
      "__Host-http-sid",
      "__http-sid",
      "__Host-",
      "__Secure-__Host-sid",
    ];
    for (const name of names) refuses("ERR_HOLDFAST_COOKIE_NAME", {}, /prefix/, production, name);
  });

  it("must be a token", () => {
    for (const name of [
      "",
      " ",
      "a b",
      "a;b",
      "a=b",
      "a,b",
      '"a"',
      "a\r\nSet-Cookie: b=c",
      "a\0",
      "ä",
      "a(b)",
      5,
      true,
      {},
      ["sid"],
    ]) {
      refuses("ERR_HOLDFAST_COOKIE_NAME", {}, /`name` must be a cookie name/, production, name);
    }
  });

  it("leaves room for the value within 4,096 octets", () => {
    assert.equal(resolve({}, production, "s".repeat(3936)).plainName.length, 3936);
    refuses("ERR_HOLDFAST_COOKIE_NAME", {}, /too long/, production, "s".repeat(3937));
  });
});

describe("plain HTTP", () => {
  it("is for local development only where `secure` is false or auto", () => {
    for (const secure of [false, "auto"])
      assert.equal(resolve({ secure }, development).http, "local-development");
    for (const secure of [undefined, true]) assert.equal(resolve({ secure }, development).http, "never");
  });

  it("is never used in production: `auto` means true, and false is refused with the ways out", () => {
    for (const secure of [undefined, true, "auto"]) assert.equal(resolve({ secure }).http, "never");
    refuses("ERR_HOLDFAST_COOKIE_INSECURE", { secure: false }, /HTTPS.+trust proxy.+insecureAllowHttp/);
  });

  it("is open to everybody by an option that says insecure, in production too", () => {
    for (const context of [production, development]) {
      for (const secure of [undefined, false, "auto"]) {
        assert.equal(resolve({ secure, insecureAllowHttp: true }, context).http, "insecure");
      }
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { secure: true, insecureAllowHttp: true }, /contradict/, context);
    }
    assert.equal(resolve({ insecureAllowHttp: false }).http, "never");
  });

  it("excludes SameSite=None and Partitioned, which browsers take over HTTPS only", () => {
    for (const cookie of [{ sameSite: "none" }, { partitioned: true }]) {
      refuses("ERR_HOLDFAST_COOKIE_INSECURE", { ...cookie, secure: "auto" }, /only over HTTPS/, development);
      refuses("ERR_HOLDFAST_COOKIE_INSECURE", { ...cookie, insecureAllowHttp: true }, /only over HTTPS/);
    }
    const settings = resolve({ sameSite: "none", partitioned: true, secure: true }, development);
    assert.deepEqual([settings.sameSite, settings.partitioned], ["None", true]);
  });

  it("is refused in forms that only look like an answer", () => {
    for (const secure of ["true", "false", "", 0, 1, null, {}]) {
      refuses(
        "ERR_HOLDFAST_COOKIE_OPTION",
        { secure },
        /`cookie.secure` must be true, false or "auto"/,
        development,
      );
    }
    for (const insecureAllowHttp of ["true", 1, null]) {
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { insecureAllowHttp }, /must be true or false/, development);
    }
  });
});

describe("a protection", () => {
  it("that keeps scripts away cannot be switched off", () => {
    for (const httpOnly of [false, null, 0, "", "true", 1]) {
      refuses("ERR_HOLDFAST_COOKIE_INSECURE", { httpOnly }, /always true/);
    }
  });

  it("is not switched off by a polluted prototype", () => {
    const polluted = ["secure", "insecureAllowHttp", "httpOnly", "domain"];
    try {
      for (const key of polluted)
        Object.defineProperty(Object.prototype, key, {
          value: key === "domain" ? "x.com" : false,
          configurable: true,
        });
      Object.defineProperty(Object.prototype, "insecureAllowHttp", { value: true, configurable: true });
      for (const cookie of [undefined, { path: "/" }]) {
        const settings = resolve(cookie, development);
        assert.deepEqual([settings.http, settings.domain], ["never", undefined]);
      }
    } finally {
      for (const key of polluted) Reflect.deleteProperty(Object.prototype, key);
    }
  });
});

describe("SameSite", () => {
  it("is Lax, Strict or None, in any case; true means Strict", () => {
    const given = (sameSite: unknown) => resolve({ sameSite }).sameSite;
    assert.deepEqual(["lax", "Lax", "LAX", undefined].map(given), ["Lax", "Lax", "Lax", "Lax"]);
    assert.deepEqual(["strict", "Strict", true].map(given), ["Strict", "Strict", "Strict"]);
    assert.deepEqual(["none", "None"].map(given), ["None", "None"]);
  });

  it("is always sent: false and anything unknown is refused", () => {
    for (const sameSite of [false, null, "", "auto", "lax; Domain=x", 1, {}]) {
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { sameSite }, /must be "lax" .+write "none"/);
    }
  });
});

describe("maxAge", () => {
  const year = { absolute: 366 * DAY, absoluteGiven: true, production: true };

  it("is a duration", () => {
    assert.equal(resolve({ maxAge: "1h" }).maxAge, 3_600_000);
    assert.equal(resolve({ maxAge: 60_000 }).maxAge, 60_000);
    assert.equal(resolve({ maxAge: null }).maxAge, undefined);
    for (const maxAge of [0, -1, Number.NaN, false, "", "3600", new Date()]) {
      refuses("ERR_HOLDFAST_DURATION", { maxAge }, /^`cookie.maxAge` cannot be/);
    }
  });

  it("ends with the session: cut to the default absolute timeout, refused beyond a chosen one", () => {
    assert.equal(resolve({ maxAge: "7d" }).maxAge, DAY);
    refuses(
      "ERR_HOLDFAST_COOKIE_OPTION",
      { maxAge: "367d" },
      /`cookie.maxAge` is longer than `absolute`/,
      year,
    );
    assert.equal(resolve({ maxAge: "366d" }, year).maxAge, 366 * DAY);
  });

  it("is at most 400 days", () => {
    const long = { absolute: 1000 * DAY, absoluteGiven: true, production: true };
    assert.equal(resolve({ maxAge: "400d" }, long).maxAge, 34_560_000_000);
    refuses("ERR_HOLDFAST_COOKIE_OPTION", { maxAge: 34_560_000_001 }, /400 days/, long);
  });
});

describe("domain and path", () => {
  it("take what a browser takes", () => {
    assert.equal(resolve({ domain: "example.com" }).domain, "example.com");
    assert.equal(resolve({ domain: ".Example.COM" }).domain, "example.com");
    assert.equal(resolve({ domain: "xn--bcher-kva.example" }).domain, "xn--bcher-kva.example");
    assert.equal(resolve({ domain: "localhost" }).domain, "localhost");
    assert.equal(resolve({ domain: null }).domain, undefined);
    assert.equal(resolve({ path: "/a/b-%20~" }).path, "/a/b-%20~");
    assert.equal(resolve({ path: `/${"a".repeat(1023)}` }).path.length, 1024);
  });

  it("refuse what a browser would ignore or misread", () => {
    const label = "a".repeat(64);
    const domains = [
      "",
      ".",
      "..a.com",
      "a..com",
      "a.com.",
      "-a.com",
      "a-.com",
      "https://a.com",
      "a.com:80",
      "a.com/x",
      "*.a.com",
    ];
    for (const domain of [
      ...domains,
      "bücher.example",
      `${label}.com`,
      "a.".repeat(130),
      "a.com\n",
      "a.com; Secure",
      5,
      {},
      true,
    ]) {
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { domain }, /`cookie.domain` must be a domain/);
    }
    for (const domain of ["127.0.0.1", "com"])
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { domain }, /IP address or a top-level/);
    for (const path of [
      "",
      "app",
      " /",
      "/a b",
      "/a;b",
      "/ä",
      "/a\r\nSet-Cookie: x=y",
      "/\0",
      "/\x7f",
      `/${"a".repeat(1024)}`,
      5,
      {},
    ]) {
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { path }, /`cookie.path` must begin with/);
    }
  });

  it("never let a separator or control character through", () => {
    const hostile = fc.string({
      unit: fc.constantFrom("a", ".", "/", ";", "\r", "\n", "\0", "\t", " ", ",", "=", "\x7f", "é", "\u2028"),
    });
    fc.assert(
      fc.property(hostile, hostile, (domain, path) => {
        try {
          const settings = resolve({ domain, path: `/${path}` });
          assert.match(`${settings.domain}${settings.path}`, /^[!-:<-~]+$/);
        } catch (error) {
          assert.ok(error instanceof HoldfastError && error.code === "ERR_HOLDFAST_COOKIE_OPTION");
        }
      }),
    );
  });
});

describe("an option that is not one", () => {
  it("is refused by name, with the right spelling where it is near", () => {
    refuses(
      "ERR_HOLDFAST_OPTION_UNKNOWN",
      { samesite: "lax" },
      /`cookie.samesite` is not an option. Write `cookie.sameSite`/,
    );
    refuses(
      "ERR_HOLDFAST_OPTION_UNKNOWN",
      { hostOnly: true },
      /`cookie.hostOnly` .+ The options are: path, domain/,
    );
    for (const name of ["constructor", "toString", "__proto__"]) {
      refuses("ERR_HOLDFAST_OPTION_UNKNOWN", JSON.parse(`{"${name}":1}`), new RegExp(`cookie.${name}`));
    }
  });

  it("is refused with the reason if express-session or cookie-parser have it", () => {
    for (const [option, reason] of Object.entries({
      expires: /maxAge/,
      signed: /always signed/,
      encode: /no encoding/,
      overwrite: /last one/,
    })) {
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { [option]: true }, reason);
      assert.doesNotThrow(() => resolve({ [option]: undefined }));
    }
  });

  it("is a function, or anything else that is no object", () => {
    for (const cookie of [() => ({}), null, "secure", 5, true, []]) {
      refuses("ERR_HOLDFAST_COOKIE_OPTION", cookie, /must be an object of options/);
    }
  });
});

describe("priority", () => {
  it("is low, medium or high", () => {
    assert.deepEqual(
      ["low", "medium", "HIGH"].map((priority) => resolve({ priority }).priority),
      ["Low", "Medium", "High"],
    );
    for (const priority of ["", "urgent", 1, null])
      refuses("ERR_HOLDFAST_COOKIE_OPTION", { priority }, /"low", "medium" or "high"/);
  });

  it("and every other option gives settings or a coded error, whatever is passed", () => {
    const option = fc.constantFrom(
      "path",
      "domain",
      "httpOnly",
      "secure",
      "sameSite",
      "maxAge",
      "partitioned",
      "priority",
      "insecureAllowHttp",
    );
    const value = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.constantFrom<unknown>(true, false, "auto", "none", "/x", "a.example", "1h"),
    );
    fc.assert(
      fc.property(fc.dictionary(option, value, { maxKeys: 5 }), fc.boolean(), (cookie, isProduction) => {
        try {
          const settings = resolve(cookie, { ...production, production: isProduction });
          assert.ok(settings.http === "never" || !isProduction || cookie.insecureAllowHttp === true);
          assert.ok(settings.sameSite !== "None" || settings.http === "never");
        } catch (error) {
          assert.ok(error instanceof HoldfastError, String(error));
        }
      }),
    );
  });
});
