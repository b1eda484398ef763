/** An application under attack, and the attacker's own server; both HTTPS, so that browsers say where requests come from. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express } from "express";
import session from "holdfast";
import { crossOrigin, requireCsrfToken, resourceIsolation } from "holdfast/defence";
import { localCertificate } from "../../src/tls/local-ca.ts";
import { temporaryDirectory } from "./application.ts";

/** A request as the application saw it, and how it answered. */
export interface Arrival {
  readonly request: string;
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
  /** True if the browser sent the session's cookie along. */
  readonly cookie: boolean;
  readonly status: number;
  readonly code: string | undefined;
}

export interface Attacked {
  /** The application's origin. */
  readonly origin: string;
  /** The attacker's server on another host: another site. */
  readonly elsewhere: string;
  /** The attacker's server on another port: another origin of the same site. */
  readonly sister: string;
  readonly caFile: string;
  readonly arrivals: Arrival[];
  /** Who was paid. */
  readonly paid: string[];
  /** What the attacker's server shows. */
  lure(html: string): void;
  stop(): Promise<void>;
}

export async function startAttacked(): Promise<Attacked> {
  const directory = temporaryDirectory();
  const { key, cert, caFile = "" } = await localCertificate(directory, Date.now());
  const target = await listen(createServer({ key, cert }));
  const origin = `https://localhost:${target.port}`;
  const arrivals: Arrival[] = [];
  const paid: string[] = [];
  // The weakest cookie there is: only the checks stand between the attacker and the session.
  const sessions = session({
    secret: randomBytes(32).toString("base64url"),
    cookie: { sameSite: "none" },
    origin,
    onWarning: () => {},
  });
  const app = express();
  app.use(record(arrivals), sessions, crossOrigin({ origin }), resourceIsolation());
  app.use(express.urlencoded({ extended: false }), express.text(), express.json(), requireCsrfToken());
  addRoutes(app, paid);
  target.server.on("request", app);

  let page = "";
  const attacker = await listen(createServer({ key, cert }));
  const lures = express();
  lures.get("/", (_req, res) => void res.type("html").send(`<!doctype html><title>Prizes</title>${page}`));
  attacker.server.on("request", lures);

  return {
    origin,
    elsewhere: `https://127.0.0.1:${attacker.port}/`,
    sister: `https://localhost:${attacker.port}/`,
    caFile,
    arrivals,
    paid,
    lure(html) {
      page = html;
    },
    async stop() {
      for (const { server } of [target, attacker]) {
        server.closeAllConnections();
        server.close();
      }
      await sessions.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function addRoutes(app: Express, paid: string[]): void {
  const form = (action: string, token: string): string =>
    `<!doctype html><title>Bank</title><form method="post" action="${action}">` +
    `<input name="who"><input type="hidden" name="_csrf" value="${token}"><button>Go</button></form>`;
  app.get("/login", (req, res) => void res.type("html").send(form("/login", req.csrfToken())));
  app.get("/pay", (req, res) => void res.type("html").send(form("/pay", req.csrfToken())));
  app.get("/private", (_req, res) => void res.type("svg").send('<svg xmlns="http://www.w3.org/2000/svg"/>'));
  app.post("/login", async (req, res) => {
    await req.session.signIn(req.body.who);
    res.redirect(303, "/pay");
  });
  // Obeys overrides as careless applications do.
  app.all("/account", (req, res) => {
    if (req.query._method === "DELETE") paid.push("everybody");
    res.send("done");
  });
  app.post("/pay", (req, res) => {
    paid.push(String(req.body.who));
    res.type("html").send("<!doctype html><title>Paid</title>");
  });
  const refused: ErrorRequestHandler = (error, _req, res, _next) => {
    res.locals.code = error.code;
    res
      .status(error.status ?? 500)
      .type("html")
      .send("<!doctype html><title>Refused</title>");
  };
  app.use(refused);
}

function record(arrivals: Arrival[]): express.RequestHandler {
  return (req, res, next) => {
    const { cookie } = req.headers;
    res.once("finish", () => {
      arrivals.push({
        request: `${req.method} ${req.originalUrl}`,
        site: req.get("sec-fetch-site"),
        cookie: cookie?.includes("__Host-session=") === true,
        status: res.statusCode,
        code: res.locals.code,
      });
    });
    next();
  };
}

async function listen(server: Server): Promise<{ readonly server: Server; readonly port: number }> {
  server.listen(0);
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}
