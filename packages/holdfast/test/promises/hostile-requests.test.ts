import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import express, { type ErrorRequestHandler } from "express";
import fc from "fast-check";
import {
  cookiePolicy,
  crossOrigin,
  requireCsrfToken,
  requireHttps,
  resourceIsolation,
} from "../../src/defence/index.ts";
import { safeReturnTo } from "../../src/guards/index.ts";
import { session } from "../../src/index.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import { type TestAgent, testAgent } from "../../src/testing/index.ts";
import { newDeviceKey, registrationProof } from "../support/device-keys.ts";
import { rawExchange } from "../support/raw.ts";
import { type AppSession, handleIn, NAME, strongSecret } from "../support/session-app.ts";

interface Scene {
  readonly agent: TestAgent;
  /** The attacker's own session. */
  readonly own: string;
  /** What is public of the victim's session. */
  readonly handle: string;
  /** By which the victim's device may be bound. */
  readonly name: string;
  /** Everything the store has of the victim's session. */
  victimRecord(): unknown;
  /** What the victim's browser is shown. */
  victimPage(): Promise<unknown>;
}

/** An app with every defence on, a victim who is signed in, and an attacker who is too. */
async function scene(test: TestContext): Promise<Scene> {
  const store = new MemoryStore();
  const origin = "https://app.example";
  const sessions = session({
    secret: strongSecret(),
    store,
    origin,
    deviceBound: "offer",
    onWarning: () => {},
  });
  sessions.on("*", () => {});
  const app = express();
  app.use(requireHttps({ host: "app.example", onWarning: () => {} }), cookiePolicy({ onReport: () => {} }));
  app.use(sessions, resourceIsolation());
  app.post("/sign-in", async (req, res) => {
    await req.session.signIn("anna");
    res.end();
  });
  app.use(express.urlencoded({ extended: true }), express.json());
  app.use(crossOrigin({ origin }), requireCsrfToken());
  app.get("/form", (req, res) => void res.json({ token: req.csrfToken() }));
  app.get("/login", (req, res) => void res.redirect(303, safeReturnTo(req.query.returnTo, "/")));
  app.use((req, res) => void res.json({ user: (req.session as AppSession).userId ?? null }));
  const answer: ErrorRequestHandler = (error, _req, res, _next) => {
    res.status(error.status ?? 500).end();
  };
  app.use(answer);
  const agent = await testAgent(app, { sessions });
  const [victim, attacker] = [agent.newBrowser(), agent.newBrowser()];
  const offer = String((await victim.post("/sign-in")).headers["secure-session-registration"]);
  await attacker.signIn("mallory");
  test.after(async () => {
    await agent.close();
    await sessions.close();
  });
  const handle = handleIn(victim.cookies.get(NAME) ?? "");
  return {
    agent,
    own: attacker.cookies.get(NAME) ?? "",
    handle,
    name: /;authorization="([\w-]+)"/.exec(offer)?.[1] ?? "",
    victimRecord: () => store.read(handle, Date.now()),
    victimPage: async () => (await victim.get("/")).json(),
  };
}

const octets = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(9))
    .map((code) => String.fromCharCode(code)),
  maxLength: 40,
});

/** A piece of something that means something, or of nothing, up to a few thousand times over. */
function storms({ own, handle, name }: Scene): fc.Arbitrary<string> {
  const proof = registrationProof(newDeviceKey(), "c".repeat(43), name);
  const piece = fc.oneof(
    octets,
    fc.constantFrom(
      ...["\\", '"', "%", "%2e", ";", ",", "=", " ", "&", "[", "{", '"a":', "9", "A", "/", "../", "\u00fc"],
      ...[
        own,
        handle,
        name,
        proof,
        ...proof.split("."),
        `${NAME}=`,
        "__Host-csrf=",
        "xn--",
        "__proto__",
        "_method=",
      ],
      ...[
        "same-origin",
        "cross-site",
        "navigate",
        "DELETE",
        "unreachable;session_identifier=",
        "proto=https",
      ],
      ...["https://app.example", "https://evil.example", "null", "dbsc+jwt"],
    ),
  );
  const storm = fc.tuple(piece, fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 3000 })));
  return fc
    .array(storm, { maxLength: 4 })
    .map((all) =>
      all.map(([text, times]) => text.repeat(Math.min(times, 4000 / (text.length + 1) + 1))).join(""),
    );
}

const base64url = (text: string): string => Buffer.from(text, "latin1").toString("base64url");

/** Proofs whose parts are anything, or almost right. */
function proofs({ name }: Scene): fc.Arbitrary<string> {
  const value = fc.oneof(octets, fc.jsonValue(), fc.constantFrom(name, "P-256", "EC", "RSA", "AQAB"));
  const key = fc.record({ kty: value, crv: value, x: value, y: value, n: value, e: value });
  const jwk = fc.oneof(key, fc.constant(newDeviceKey().jwk), fc.jsonValue());
  const alg = fc.constantFrom("ES256", "RS256", "none", 1);
  const header = fc.record({ alg, typ: fc.constantFrom("dbsc+jwt", "JWT"), jwk }, { requiredKeys: ["alg"] });
  const payload = fc.record({ jti: value, authorization: value, aud: value }, { requiredKeys: [] });
  const part = (sound: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
    fc.oneof({ arbitrary: sound.map((it) => JSON.stringify(it)), weight: 4 }, octets).map(base64url);
  const parts = fc.tuple(part(header), part(payload), octets.map(base64url));
  return fc.tuple(parts, fc.constantFrom("", '"')).map(([all, quote]) => `${quote}${all.join(".")}${quote}`);
}

const NAMES = [
  ...[
    "Cookie",
    "Origin",
    "Referer",
    "Sec-Fetch-Site",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Dest",
    "Host",
    "Forwarded",
  ],
  ...["X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Host", "X-HTTP-Method-Override", "X-CSRF-Token"],
  ...["Secure-Session-Response", "Sec-Secure-Session-Id", "Secure-Session-Skipped", "User-Agent"],
  ...["Accept-Language", "Accept", "Content-Type", "If-None-Match", "Range", "Upgrade"],
];
const PATHS = [
  "/",
  "/form",
  "/login?returnTo=",
  "/device-bound/register",
  "/device-bound/refresh",
  "/?_method=",
];
const TYPES = ["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data"];

describe("An app with every defence on", () => {
  async function holds(
    it: Scene,
    property: (send: (text: string) => Promise<void>) => fc.IAsyncProperty<unknown>,
    numRuns: number,
  ): Promise<void> {
    const before = it.victimRecord();
    const send = async (text: string): Promise<void> => {
      const reply = await rawExchange(it.agent.port, text);
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(reply)?.[1]);
      assert.ok(status >= 200 && status < 500, reply.slice(0, 200));
      assert.equal(reply.includes("anna"), false);
    };
    await fc.assert(property(send), { numRuns });
    assert.deepEqual(it.victimRecord(), before);
    assert.deepEqual(await it.victimPage(), { user: "anna" });
  }

  it("answers whatever comes in a header or a body with less than 500, and with nobody else's session", async (test) => {
    const app = await scene(test);
    const text = storms(app);
    const proof = fc.tuple(fc.constant("Secure-Session-Response"), proofs(app));
    const header = fc.oneof({ arbitrary: fc.tuple(fc.constantFrom(...NAMES), text), weight: 2 }, proof);
    const cookie = fc.oneof(fc.constant([]), fc.constant([["Cookie", `${NAME}=${app.own}`] as const]));
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"),
      path: fc.constantFrom(...PATHS),
      query: text.map(encodeURI),
      headers: fc.array(header, { maxLength: 4 }),
      cookie,
      type: fc.constantFrom(...TYPES),
      body: text,
    });
    await holds(
      app,
      (send) =>
        fc.asyncProperty(request, ({ method, path, query, headers, cookie: own, type, body }) => {
          const all = [
            ["Host", "app.example"],
            ["Connection", "close"],
            ["Content-Type", type],
            ...own,
            ...headers,
          ];
          const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
          const url = path.includes("?") ? `${path}${query}` : path;
          const length = Buffer.byteLength(body, "latin1");
          return send(`${method} ${url} HTTP/1.1\r\n${lines}Content-Length: ${length}\r\n\r\n${body}`);
        }),
      300,
    );
  });

  it("answers a head of any octets with less than 500, and goes on", async (test) => {
    const app = await scene(test);
    const any = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
    await holds(
      app,
      (send) =>
        fc.asyncProperty(
          fc.constantFrom("GET", "POST"),
          fc.constantFrom(...NAMES),
          any,
          (method, name, value) =>
            send(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${name}: ${value}\r\n\r\n`),
        ),
      200,
    );
  });
});
