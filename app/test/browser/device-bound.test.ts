/**
 * Sessions bound to the device, in a real Chromium with keys in software. Its refusals are silent on the wire, so each
 * step is one that fails unless the browser has registered and refreshed.
 */
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { type Sessions, session } from "holdfast";
import { fakeClock } from "holdfast/testing";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { generate } from "selfsigned";

/** The npm package's Chromium has no device-bound sessions. */
const CHROMIUM = "/usr/bin/chromium";
/** `localhost` is treated differently. */
const HOST = "app.example.test";
const ELSEWHERE = "elsewhere.test";
const BOUND = "__Host-session-bound";
const FEATURES =
  "DeviceBoundSessions:RefreshQuota/false,EnableBoundSessionCredentialsSoftwareKeysForManualTesting";

const isMissing = !existsSync(CHROMIUM);
const skip =
  isMissing && process.env.CI !== "true" ? `there is no ${CHROMIUM}: apt-get install chromium` : false;

describe("a session bound to the device, in a real browser", { skip, concurrency: false }, () => {
  const clock = fakeClock(Date.now());
  const directory = mkdtempSync(join(tmpdir(), "holdfast-device-bound-"));
  const profiles: BrowserContext[] = [];
  /** What the two endpoints were asked, and answered. */
  const calls: string[] = [];
  let sessions: Sessions;
  let servers: Server[];
  let pins: string;
  let app: string;
  let elsewhere: string;
  let failing = false;
  let browser: BrowserContext;
  let page: Page;

  const note: RequestHandler = (req, res, next) => {
    if (req.path.startsWith("/device-bound/"))
      res.on("finish", () => calls.push(`${req.path.slice("/device-bound/".length)} ${res.statusCode}`));
    if (failing && req.path.endsWith("/refresh")) res.status(500).end();
    else next();
  };

  async function serve(host: string, handler: express.Express): Promise<{ server: Server; pin: string }> {
    const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
      keyType: "ec",
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: host }] }],
    });
    const server = createServer({ key, cert }, handler).listen(0, "127.0.0.1");
    await once(server, "listening");
    const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
    return { server, pin: createHash("sha256").update(spki).digest("base64") };
  }

  /** A browser with a profile of its own. */
  async function launch(): Promise<BrowserContext> {
    const profile = await chromium.launchPersistentContext(mkdtempSync(join(directory, "profile-")), {
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        `--ignore-certificate-errors-spki-list=${pins}`,
        `--host-resolver-rules=MAP ${HOST} 127.0.0.1, MAP ${ELSEWHERE} 127.0.0.1`,
        `--enable-features=${FEATURES}`,
      ],
    });
    profiles.push(profile);
    return profile;
  }

  const text = (): Promise<string | null> => page.textContent("body");
  const ask = (path: string, method = "GET"): Promise<string> =>
    page.evaluate(
      async ([to, how]) => {
        const reply = await fetch(to ?? "", { method: how ?? "GET" });
        return `${reply.status} ${await reply.text()}`;
      },
      [path, method],
    );
  const loseBoundCookie = (): Promise<void> => browser.clearCookies({ name: BOUND });
  const cookieNames = async (context: BrowserContext = browser): Promise<string[]> =>
    (await context.cookies(app)).map(({ name }) => name).sort();

  async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
    for (let waited = 0; !(await condition()); waited += 50) {
      assert.ok(waited < 10_000, `waited in vain; the endpoints have seen: ${calls.join(", ")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  before(async () => {
    sessions = session({ secret: "Vb3Nn8Qw5Xk1Zs7Yd2Lf6Hj9Pt4Rc0Me1Ug8Ao5Ti3", clock, deviceBound: "offer" });
    const handlers = express();
    handlers.use(note, sessions);
    handlers.get(
      "/",
      (_req, res) => void res.send("<form method=post action=/login><button>Log in</button></form>"),
    );
    handlers.post("/login", async (req, res) => {
      await req.session.signIn("anna");
      res.redirect(303, "/home");
    });
    handlers.get("/home", (req, res) => void res.send(`Hello ${req.session.userId ?? "nobody"}`));
    handlers.get("/bound", (req, res) => void res.send(req.session.deviceBound?.algorithm ?? "unbound"));
    handlers.post("/elevate", async (req, res) => {
      await req.session.elevate({ level: 2 });
      res.send("Proven");
    });
    handlers.post("/logout", async (req, res) => {
      await req.session.signOut();
      res.send("Bye");
    });
    const tellCode: ErrorRequestHandler = (error, _req, res, _next) =>
      void res.status(error.status ?? 500).send(error.code);
    handlers.use(tellCode);
    const other = express();
    const [ours, theirs] = [await serve(HOST, handlers), await serve(ELSEWHERE, other)];
    servers = [ours.server, theirs.server];
    pins = `${ours.pin},${theirs.pin}`;
    const portOf = (server: Server): number => (server.address() as AddressInfo).port;
    app = `https://${HOST}:${portOf(ours.server)}`;
    elsewhere = `https://${ELSEWHERE}:${portOf(theirs.server)}`;
    other.get("/", (_req, res) => void res.send(`<a href="${app}/home">A link</a>`));
    other.get(
      "/provider",
      (_req, res) => void res.send(`<form method=post action="${app}/login"><button>Go on</button></form>`),
    );
    browser = await launch();
    page = await browser.newPage();
  });

  after(async () => {
    for (const profile of profiles) await profile.close();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await sessions.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is registered in the background of the sign-in", async () => {
    await page.goto(app);
    await page.getByRole("button").click();
    await page.waitForURL("**/home");
    await until(async () => (await cookieNames()).includes(BOUND));
    assert.deepEqual(calls, ["register 200"]);
    assert.equal(await ask("/bound"), "200 ES256");
  });

  it("is refreshed once while requests wait", async () => {
    clock.advance("11m");
    await loseBoundCookie();
    calls.length = 0;
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => ask("/home"))), Array(3).fill("200 Hello anna"));
    assert.deepEqual(calls, ["refresh 204"]);
  });

  it("comes back by itself for a link from another site", async () => {
    clock.advance("11m");
    await loseBoundCookie();
    await page.goto(elsewhere);
    calls.length = 0;
    await page.getByRole("link").click();
    await page.getByText("Hello anna").waitFor();
    assert.deepEqual(calls, ["refresh 204"]);
  });

  it("is refreshed before a page whose address is typed", async () => {
    clock.advance("11m");
    await loseBoundCookie();
    calls.length = 0;
    assert.equal((await page.goto(`${app}/home`))?.status(), 200);
    assert.equal(await text(), "Hello anna");
    assert.deepEqual(calls, ["refresh 204"]);
  });

  it("goes on with the key of the latest proof of its user", async () => {
    calls.length = 0;
    assert.equal(await ask("/elevate", "POST"), "200 Proven");
    await until(() => calls.includes("register 200"));
    clock.advance("11m");
    await loseBoundCookie();
    assert.equal(await ask("/home"), "200 Hello anna");
  });

  it("survives a server that fails, for longer than the browser goes on asking", async () => {
    clock.advance("11m");
    await loseBoundCookie();
    failing = true;
    calls.length = 0;
    for (let i = 0; i < 12; i++) {
      const method = i % 2 === 0 ? "GET" : "POST";
      assert.equal(await ask("/home", method), "503 ERR_HOLDFAST_DEVICE_PROOF_DELAYED");
    }
    assert.ok(calls.length < 12, "it does not ask each time, and says so each time");
    failing = false;
    await until(async () => (await ask("/home")) === "200 Hello anna");
  });

  it("is of no use to another browser with the same cookies", async () => {
    const thief = await launch();
    await thief.addCookies(await browser.cookies(app));
    clock.advance("11m");
    const stolen = await thief.newPage();
    await stolen.goto(`${app}/home`);
    await stolen.getByText("Hello nobody").waitFor();
    assert.deepEqual(await cookieNames(thief), []);
    await loseBoundCookie();
    assert.equal(await ask("/home"), "200 Hello anna");
  });

  it("lets a browser without its key sign in anew from a page that is open", async () => {
    const keyless = await launch();
    const open = await keyless.newPage();
    await open.goto(app);
    await keyless.addCookies(await browser.cookies(app));
    clock.advance("11m");
    const send = () => open.evaluate(async () => (await fetch("/login", { method: "POST" })).status);
    assert.equal(await send(), 401);
    assert.deepEqual(await cookieNames(keyless), []);
    assert.equal(await send(), 200);
    await until(async () => (await cookieNames(keyless)).includes(BOUND));
    await loseBoundCookie();
    assert.equal(await ask("/home"), "200 Hello anna", "and the session lives on where its key is");
  });

  it("is registered after a sign-in that another site has posted, whose cookies stay behind", async () => {
    const newcomer = await launch();
    const arriving = await newcomer.newPage();
    await arriving.goto(`${elsewhere}/provider`);
    calls.length = 0;
    await arriving.getByRole("button").click();
    await until(async () => (await cookieNames(newcomer)).includes(BOUND));
    assert.deepEqual(calls, ["register 200"]);
    await arriving.goto(`${app}/bound`);
    await arriving.getByText("ES256").waitFor();
  });

  it("ends in the browser after a sign-out", async () => {
    assert.equal(await ask("/logout", "POST"), "200 Bye");
    assert.deepEqual(await cookieNames(), []);
    assert.equal(await ask("/home"), "200 Hello nobody");
    calls.length = 0;
    assert.equal(await ask("/home"), "200 Hello nobody");
    assert.deepEqual(calls, [], "it does not ask again");
    await page.goto(`${app}/home`);
    assert.equal(await text(), "Hello nobody");
  });
});
