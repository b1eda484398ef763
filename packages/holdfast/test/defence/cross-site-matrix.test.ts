import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { crossOrigin, requireCsrfToken } from "../../src/defence/index.ts";
import { codeIn, type DefenceApp, defenceApp } from "../support/defence-app.ts";

const OWN = "https://app.example.org";
const SISTER = "https://shop.example.org";

const METHODS = ["GET", "GET as DELETE", "POST", "POST as GET"] as const;
const SITES = [undefined, "same-origin", "same-site", "cross-site", "none", "none, by a script", "same-host"];
const ORIGINS = [undefined, OWN, SISTER, "https://evil.example", "http://app.example.org", "null"];
const REFERERS = [undefined, `${OWN}/page`, "https://evil.example/?https://app.example.org/", "about:client"];
const COOKIES = ["none", "another", "session"] as const;
const TOKENS = [undefined, "own", "another's"] as const;

interface Cell {
  readonly method: (typeof METHODS)[number];
  readonly site: string | undefined;
  readonly origin: string | undefined;
  readonly referer: string | undefined;
  readonly cookie: (typeof COOKIES)[number];
  readonly token: (typeof TOKENS)[number];
}

function* cells(tokens: readonly (typeof TOKENS)[number][]): Generator<Cell> {
  for (const method of METHODS)
    for (const site of SITES)
      for (const origin of ORIGINS)
        for (const referer of REFERERS)
          for (const cookie of COOKIES)
            for (const token of tokens) yield { method, site, origin, referer, cookie, token };
}

/**
 * What must become of a cell, said without the library's words: who is known to have sent it?
 * `"us"`, `"them"`, `"nobody knows"` (a browser's, but it does not say), `"no browser"`.
 */
function sender({ site, origin, referer, cookie }: Cell): "us" | "them" | "nobody knows" | "no browser" {
  if (origin === OWN || origin === SISTER) {
    // Their name is on the list, whatever else is said.
    return "us";
  }
  if (site === "same-origin" || site === "none") return "us";
  if (site === "same-site" || site === "cross-site") return "them";
  // The browser's word is missing, or is not one that anybody knows.
  if (origin !== undefined) return "them";
  if (referer === `${OWN}/page`) return "us";
  if (referer?.startsWith("https://evil.example/") === true) return "them";
  if (site === undefined && referer === undefined && cookie === "none") return "no browser";
  return "nobody knows";
}

const isHarmless = ({ method }: Cell): boolean => method === "GET";

function headersOf(cell: Cell): Record<string, string | undefined> {
  const [site, by] = cell.site?.split(", ") ?? [];
  return {
    "sec-fetch-site": site,
    "sec-fetch-mode": by === undefined ? undefined : "cors",
    origin: cell.origin,
    referer: cell.referer,
    "x-http-method-override": cell.method === "POST as GET" ? "GET" : undefined,
  };
}

interface Senders {
  readonly app: DefenceApp;
  send(cell: Cell): ReturnType<DefenceApp["agent"]["send"]>;
}

async function senders(test: TestContext, add: Parameters<typeof defenceApp>[1]): Promise<Senders> {
  const app = await defenceApp(test, add, { origin: [OWN, SISTER] });
  const anna = app.agent.newBrowser();
  await anna.signIn("anna");
  const visitor = app.agent.newBrowser();
  visitor.cookies.set("theme", "dark");
  const browsers = { session: anna, another: visitor, none: app.agent };
  const tokens = new Map<string, string>();
  for (const cookie of COOKIES) {
    const browser = browsers[cookie];
    const before = new Map(browser.cookies);
    tokens.set(`${cookie} own`, (await browser.get("/token")).text);
    if (cookie === "none") {
      browser.cookies.clear();
      for (const [name, value] of before) browser.cookies.set(name, value);
    }
  }
  const others = (await app.agent.newBrowser().get("/token")).text;
  return {
    app,
    send: (cell) =>
      browsers[cell.cookie].send(cell.method === "GET as DELETE" ? "/?_method=DELETE" : "/", {
        method: cell.method.startsWith("GET") ? "GET" : "POST",
        headers: {
          ...headersOf(cell),
          "x-csrf-token":
            cell.token === undefined
              ? undefined
              : cell.token === "own"
                ? tokens.get(`${cell.cookie} own`)
                : others,
        },
      }),
  };
}

describe("every kind of request from everywhere", () => {
  it("with session() alone is judged if it has a session and an unsafe method", async (test) => {
    const { app, send } = await senders(test, (inner) => {
      inner.get("/token", (_req, res) => void res.send("none"));
    });
    for (const cell of cells([undefined])) {
      const judged = cell.cookie === "session" && cell.method.startsWith("POST");
      const refused = judged && sender(cell) !== "us";
      app.handled.length = 0;
      const reply = await send(cell);
      assert.equal(reply.status, refused ? 403 : 200, JSON.stringify(cell));
      assert.equal(app.handled.length, refused ? 0 : 1);
    }
  });

  it("with crossOrigin() is judged whether it has a session or not", async (test) => {
    const { app, send } = await senders(test, (inner) => {
      inner.use(crossOrigin({ origin: [OWN, SISTER] }));
      inner.get("/token", (_req, res) => void res.send("none"));
    });
    for (const cell of cells([undefined])) {
      const from = sender(cell);
      const passes = isHarmless(cell) || from === "us" || from === "no browser";
      app.handled.length = 0;
      const reply = await send(cell);
      assert.equal(reply.status, passes ? 200 : 403, JSON.stringify(cell));
      assert.equal(app.handled.length, passes ? 1 : 0);
    }
  });

  it("with CSRF tokens beside it needs both to be right", async (test) => {
    const { app, send } = await senders(test, (inner) => {
      inner.use(crossOrigin({ origin: [OWN, SISTER] }), requireCsrfToken());
      inner.get("/token", (req, res) => void res.send(req.csrfToken()));
    });
    for (const cell of cells(TOKENS)) {
      const from = sender(cell);
      const fromUs = from === "us" || from === "no browser";
      // Who has no cookie has nothing that a token could be for.
      const proven = cell.token === "own" && cell.cookie !== "none";
      const expected =
        isHarmless(cell) || (fromUs && proven)
          ? undefined
          : fromUs
            ? "ERR_HOLDFAST_CSRF_TOKEN"
            : "ERR_HOLDFAST_CROSS_SITE";
      app.handled.length = 0;
      const reply = await send(cell);
      assert.equal(codeIn(reply), expected, JSON.stringify(cell));
      assert.equal(app.handled.length, expected === undefined ? 1 : 0);
    }
  });
});
