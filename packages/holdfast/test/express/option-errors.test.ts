import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import {
  HoldfastError,
  type HoldfastErrorCode,
  MemoryStore,
  type SessionOptions,
  session,
} from "../../src/index.ts";
import { cookieOf, sessionApp, set, strongSecret } from "../support/session-app.ts";

const secret = strongSecret();

type Row = readonly [options: unknown, code: HoldfastErrorCode, saysWhat: RegExp];

const given = (options: Record<string, unknown>): unknown => ({ secret, ...options });

/** What people write, the code they get, and what the message tells them to write. */
const ROWS: readonly Row[] = [
  ["keyboard cat", "ERR_HOLDFAST_OPTION", /object of options, such as \{ secret \}/],
  [[], "ERR_HOLDFAST_OPTION", /object of options/],
  [null, "ERR_HOLDFAST_OPTION", /object of options/],
  [{ secret: "keyboard cat" }, "ERR_HOLDFAST_SECRET_WEAK", /at least 32 .*npx holdfast keygen/],
  [{ secret: "a".repeat(64) }, "ERR_HOLDFAST_SECRET_WEAK", /npx holdfast keygen/],
  [{ secret: "" }, "ERR_HOLDFAST_SECRET_MISSING", /npx holdfast keygen/],
  [{ secret: [] }, "ERR_HOLDFAST_SECRET_MISSING", /npx holdfast keygen/],
  [{ secret: 12345 }, "ERR_HOLDFAST_OPTION", /string.*list of strings/],
  [given({ genid: () => "x" }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`genid`.*256 random bits/],
  [given({ key: "sid" }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`name`/],
  [given({ maxAge: 1 }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`idle` and `absolute`.*`cookie\.maxAge`/],
  [given({ ttl: 1 }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`idle` and `absolute`/],
  [given({ secure: true }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`cookie\.secure`/],
  [given({ Secret: "x" }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`Secret`/],
  [given({ constructor: 1 }), "ERR_HOLDFAST_OPTION_UNKNOWN", /`constructor`/],
  [given({ store: {} }), "ERR_HOLDFAST_STORE_OPTION", /new SqliteStore\("data\/sessions\.db"\)/],
  [given({ store: "data/sessions.db" }), "ERR_HOLDFAST_STORE_OPTION", /new SqliteStore/],
  [given({ store: MemoryStore }), "ERR_HOLDFAST_STORE_OPTION", /new SqliteStore/],
  [
    given({ store: { get() {}, set() {}, destroy() {} } }),
    "ERR_HOLDFAST_STORE_OPTION",
    /store for express-session.*new ExpressSessionStore\(store\) of holdfast\/store\/express-session.*SqliteStore/,
  ],
  [given({ idle: "soon" }), "ERR_HOLDFAST_DURATION", /`idle`.*"30s", "15m", "12h" or "7d"/],
  [given({ idle: 0 }), "ERR_HOLDFAST_DURATION", /`idle`.*at least 1 millisecond/],
  [given({ absolute: -1 }), "ERR_HOLDFAST_DURATION", /`absolute`/],
  [given({ anonymousIdle: null }), "ERR_HOLDFAST_DURATION", /`anonymousIdle`/],
  [given({ storeTimeout: "fast" }), "ERR_HOLDFAST_DURATION", /`storeTimeout`/],
  [given({ onStoreError: "anonymous" }), "ERR_HOLDFAST_OPTION", /`onStoreError` must be "fail", "continue"/],
  [given({ overload: 5 }), "ERR_HOLDFAST_OPTION", /overload/],
  [given({ overload: { inflight: 5 } }), "ERR_HOLDFAST_OPTION_UNKNOWN", /inFlight, eventLoopDelay/],
  [given({ overload: { inFlight: 0 } }), "ERR_HOLDFAST_OPTION", /`inFlight` must be a whole number/],
  [given({ overload: { eventLoopDelay: "late" } }), "ERR_HOLDFAST_DURATION", /`overload.eventLoopDelay`/],
  [given({ idle: "13h" }), "ERR_HOLDFAST_LIMITS", /idle is longer than absolute.*lengthen absolute/],
  [given({ anonymousIdle: "13h" }), "ERR_HOLDFAST_LIMITS", /anonymousIdle is longer than absolute/],
  [given({ idle: "2h", absolute: "1h" }), "ERR_HOLDFAST_LIMITS", /idle is longer than absolute \(1h\)/],
  [
    given({ profile: "owasp-high-value", idle: "7h" }),
    "ERR_HOLDFAST_LIMITS",
    /idle is longer than absolute \(6h\).*Shorten idle/,
  ],
  [
    given({ profile: "owasp-low", anonymousIdle: "7h" }),
    "ERR_HOLDFAST_LIMITS",
    /anonymousIdle is longer than absolute \(6h\)/,
  ],
  ...["nist", "NIST-AAL2", "", "constructor", "__proto__", null, 2, {}, ["pci-dss"]].map(
    (profile): Row => [
      given({ profile, idle: "1m", absolute: "1h" }),
      "ERR_HOLDFAST_OPTION",
      /`profile` must be one of "owasp-low", "owasp-high-value", "nist-aal1", .*"pci-dss"\./,
    ],
  ),
  [given({ keep: "cart" }), "ERR_HOLDFAST_OPTION", /\["cart"\]/],
  [given({ keep: [1] }), "ERR_HOLDFAST_OPTION", /\["cart"\]/],
  [given({ identify: "userId" }), "ERR_HOLDFAST_OPTION", /\(data\) => /],
  [given({ maxBytes: "64kb" }), "ERR_HOLDFAST_OPTION", /65536/],
  [given({ maxBytes: 0 }), "ERR_HOLDFAST_OPTION", /positive whole number/],
  [given({ onSuperseded: "retry" }), "ERR_HOLDFAST_OPTION", /"drop" or "fail"/],
  [given({ maxSessions: 0 }), "ERR_HOLDFAST_OPTION", /positive whole number, such as 3/],
  [given({ maxSessions: "3" }), "ERR_HOLDFAST_OPTION", /positive whole number, such as 3/],
  [given({ maxSessions: 3, onLimit: "evict" }), "ERR_HOLDFAST_OPTION", /"evict-oldest" or "reject"/],
  [given({ onLimit: "reject" }), "ERR_HOLDFAST_OPTION", /set `maxSessions`/],
  [given({ unset: "delete" }), "ERR_HOLDFAST_OPTION", /"destroy" or "keep"/],
  [given({ clock: Date }), "ERR_HOLDFAST_OPTION", /now\(\)/],
  [given({ clock: () => 1 }), "ERR_HOLDFAST_OPTION", /now\(\)/],
  [given({ clock: { now: () => 1.5 } }), "ERR_HOLDFAST_OPTION", /whole milliseconds/],
  [given({ random: "crypto" }), "ERR_HOLDFAST_OPTION", /crypto\.randomBytes/],
  [{ random: () => "abc" }, "ERR_HOLDFAST_OPTION", /a Buffer of `size` random bytes/],
  [given({ onWarning: true }), "ERR_HOLDFAST_OPTION", /must be a function/],
  [given({ isActivity: false }), "ERR_HOLDFAST_OPTION", /must be a function, such as \(req\)/],
  [given({ rolling: "true" }), "ERR_HOLDFAST_OPTION", /must be a boolean/],
  [given({ proxy: 1 }), "ERR_HOLDFAST_OPTION", /must be a boolean/],
  [given({ clearSiteData: "cookies" }), "ERR_HOLDFAST_OPTION", /must be a boolean/],
  [given({ insecureAllowCrossSite: "yes" }), "ERR_HOLDFAST_OPTION", /must be a boolean/],
  [given({ resave: 0 }), "ERR_HOLDFAST_OPTION", /must be a boolean/],
  [given({ saveUninitialized: "false" }), "ERR_HOLDFAST_OPTION", /must be a boolean/],
  ...[
    "example.com",
    "https://example.com/path",
    "https://*.example.com",
    "ftp://example.com",
    "null",
    "*",
    "",
    7,
    [],
    ["https://ok.example", "no"],
    "https://user@example.com",
  ].map((origin): Row => [given({ origin }), "ERR_HOLDFAST_OPTION", /"https:\/\/example\.com"/]),
  [given({ name: "my cookie" }), "ERR_HOLDFAST_COOKIE_NAME", /letters, digits/],
  [given({ name: "__HOST-sid" }), "ERR_HOLDFAST_COOKIE_NAME", /Leave the prefix out/],
  [given({ cookie: "secure" }), "ERR_HOLDFAST_COOKIE_OPTION", /object of options/],
  [given({ cookie: { httpOnly: false } }), "ERR_HOLDFAST_COOKIE_INSECURE", /always true/],
  [
    given({ cookie: { sameSite: "none", secure: "auto" } }),
    "ERR_HOLDFAST_COOKIE_INSECURE",
    /only over HTTPS/,
  ],
  [given({ cookie: { sameSite: "relaxed" } }), "ERR_HOLDFAST_COOKIE_OPTION", /"lax"/],
  [given({ cookie: { maxAge: "401d" } }), "ERR_HOLDFAST_COOKIE_OPTION", /400 days/],
  [
    given({ cookie: { maxAge: "2d" }, absolute: "1d" }),
    "ERR_HOLDFAST_COOKIE_OPTION",
    /longer than `absolute`/,
  ],
  [
    given({ cookie: { maxAge: "2d" }, profile: "nist-aal2" }),
    "ERR_HOLDFAST_COOKIE_OPTION",
    /longer than `absolute` \(1d\)/,
  ],
  [given({ cookie: { samesite: "lax" } }), "ERR_HOLDFAST_OPTION_UNKNOWN", /Write `cookie\.sameSite`/],
  [given({ cookie: { expires: new Date() } }), "ERR_HOLDFAST_COOKIE_OPTION", /Use `cookie\.maxAge`/],
  [given({ cookie: { domain: "https://example.com" } }), "ERR_HOLDFAST_COOKIE_OPTION", /without scheme/],
  [given({ cookie: { path: "x\r\nSet-Cookie: a=b" } }), "ERR_HOLDFAST_COOKIE_OPTION", /begin with "\/"/],
];

const { NODE_ENV } = process.env;
const folder = process.cwd();
afterEach(() => {
  process.chdir(folder);
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = NODE_ENV;
});

describe("an option that is wrong stops the app at start, and says what to write", () => {
  for (const [options, code, saysWhat] of ROWS) {
    const shown = JSON.stringify(options, (key, value) =>
      key === "secret" && value === secret ? undefined : typeof value === "function" ? "()" : value,
    );
    it(`${shown}: ${code}`, () => {
      assert.throws(
        () => session(options as SessionOptions),
        (error) => {
          assert.ok(error instanceof HoldfastError, String(error));
          assert.equal(error.code, code);
          assert.match(error.message, saysWhat);
          return true;
        },
      );
    });
  }
});

describe("no secret", () => {
  it("in production refuses to start", () => {
    process.env.NODE_ENV = "production";
    for (const options of [undefined, {}, { secret: undefined }]) {
      assert.throws(
        () => session(options),
        (error) => error instanceof HoldfastError && error.code === "ERR_HOLDFAST_SECRET_MISSING",
      );
    }
  });

  it("elsewhere makes a key file that only its owner reads, says so once, and uses it again", async (test) => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-options-"));
    test.after(() => rmSync(directory, { recursive: true, force: true }));
    process.chdir(directory);
    const store = new MemoryStore();
    const first = await sessionApp(test, { secret: undefined, store });
    await first.act(set({ a: 1 }));
    const [file] = /\S+development\.key/.exec(first.warnings.join(" ")) ?? [];
    assert.ok(file !== undefined && (statSync(file).mode & 0o777) === 0o600);
    const second = await sessionApp(test, { secret: undefined, store, clock: first.clock });
    second.agent.cookies.set("__Host-session", cookieOf(first.agent));
    assert.deepEqual(await second.data(), { a: 1 });
    assert.deepEqual(second.warnings, []);
  });
});

describe("options of express-session that have nothing left to do", () => {
  it("are taken without a word; saveUninitialized: true with one", async (test) => {
    const quiet = await sessionApp(test, {
      resave: false,
      saveUninitialized: false,
      rolling: false,
      name: "sid",
      proxy: true,
    });
    assert.deepEqual(quiet.warnings, []);
    const told = await sessionApp(test, { resave: true, saveUninitialized: true });
    assert.match(told.warnings.join(), /saveUninitialized: true does nothing/);
    assert.deepEqual((await told.act(() => ({}))).setCookie, []);
  });
});

describe("a polluted Object.prototype", () => {
  it("switches no protection off", async (test) => {
    const pollution = {
      insecureAllowCrossSite: true,
      proxy: true,
      insecureAllowHttp: true,
      secure: false,
      httpOnly: false,
      absolute: "100y",
    };
    for (const [name, value] of Object.entries(pollution))
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    try {
      const app = await sessionApp(test);
      await app.agent.signIn("anna");
      const reply = await app.act(() => ({}), {
        method: "POST",
        headers: { "sec-fetch-site": "cross-site" },
      });
      assert.equal(reply.status, 403);
      const written = await app.act(set({ a: 1 }), { by: app.agent.newBrowser() });
      assert.match(written.setCookie[0] ?? "", /HttpOnly; Secure/);
      const plain = await sessionApp(test, { https: false });
      const headers = { "x-forwarded-proto": "https" };
      assert.deepEqual((await plain.act(set({ a: 1 }), { headers })).setCookie, []);
    } finally {
      for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
