/**
 * A small web on this machine: hosts with names, over HTTPS at the ports 443 and 8443 and over plain HTTP at 80, and a browser
 * that knows no others. What arrives anywhere is written down.
 */
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { after, before, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { BrowserContext } from "playwright-core";
import { generate } from "selfsigned";
import { temporaryDirectory } from "./application.ts";
import { type LaunchedBrowser, launchBrowser } from "./browser.ts";

/** A request as it arrived, and how it was answered. */
export interface Arrival {
  /** Method and URL. */
  readonly request: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
  /** The names of the cookies that came, in their order. */
  readonly cookies: readonly string[];
  readonly status: number;
  /** The code of the error that refused it: the reply's header `X-Code`. */
  readonly code: string | undefined;
}

type UpgradeListener = (req: IncomingMessage, socket: Duplex) => void;

const PATIENCE = 15_000;

export class Web {
  readonly arrivals: Arrival[] = [];
  readonly #servers: Server[] = [];
  readonly #handlers = new Map<string, RequestListener>();
  readonly #upgrades = new Map<string, UpgradeListener>();
  readonly #directory = temporaryDirectory();
  #cert = "";
  #chromium: LaunchedBrowser | undefined;
  #missing: unknown;

  /** The certificate of all hosts under `example.test`, which the browser takes for any other's as well. */
  get cert(): string {
    return this.#cert;
  }

  /** Who answers for an origin, such as `https://app.example.test`; from now on. */
  serve(origin: string, handler: RequestListener, upgrade?: UpgradeListener): void {
    this.#handlers.set(origin, handler);
    if (upgrade !== undefined) this.#upgrades.set(origin, upgrade);
  }

  /** Serves pages without anything else to them. */
  page(
    origin: string,
    html: string,
    headers: Readonly<Record<string, string | readonly string[]>> = {},
  ): void {
    this.serve(origin, (_req, res) => {
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      res.setHeader("Content-Type", "text/html; charset=utf-8");
      res.end(`<!doctype html><title>A page</title>${html}`);
    });
  }

  async start(): Promise<void> {
    const altNames = [{ type: 2 as const, value: "*.example.test" }];
    const { private: key, cert } = await generate([{ name: "commonName", value: "test" }], {
      keyType: "ec",
      extensions: [{ name: "subjectAltName", altNames }],
    });
    this.#cert = cert;
    const certFile = join(this.#directory, "cert.pem");
    writeFileSync(certFile, cert);
    const ports: number[] = [];
    for (const [scheme, server] of [
      ["https", createServer({ key, cert })],
      ["http", createPlainServer()],
    ] as const) {
      server.on("request", (req, res) => {
        const origin = `${scheme}://${req.headers.host}`;
        res.once("close", () => this.#note(origin, req, res.statusCode, res.getHeader("x-code")));
        const handler = this.#handlers.get(origin);
        if (handler === undefined) res.writeHead(404).end();
        else handler(req, res);
      });
      server.on("upgrade", (req, socket) => {
        const handler = this.#upgrades.get(`${scheme}://${req.headers.host}`);
        if (handler === undefined) socket.destroy();
        else handler(req, socket);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      this.#servers.push(server);
      ports.push((server.address() as AddressInfo).port);
    }
    const [tls, plain] = ports;
    const rules = `MAP *:443 127.0.0.1:${tls}, MAP *:8443 127.0.0.1:${tls}, MAP *:80 127.0.0.1:${plain}`;
    try {
      this.#chromium = await launchBrowser(certFile, [`--host-resolver-rules=${rules}`]);
    } catch (error) {
      this.#missing = error;
    }
  }

  async stop(): Promise<void> {
    await this.#chromium?.close();
    for (const server of this.#servers) {
      if ("closeAllConnections" in server && typeof server.closeAllConnections === "function")
        server.closeAllConnections();
      server.close();
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Another person's browser. */
  async browser(): Promise<BrowserContext> {
    if (this.#chromium === undefined) throw this.#missing;
    const context = await this.#chromium.browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    return context;
  }

  /** A test, skipped where there is no browser; with `CI=true` that is a failure. */
  it(name: string, run: () => Promise<void>): void {
    it(name, async (context: TestContext) => {
      if (!this.#chromium && process.env.CI === "true") throw this.#missing;
      if (!this.#chromium)
        return context.skip(`no Chromium could be started: ${String(this.#missing).split("\n")[0]}`);
      this.arrivals.length = 0;
      await run();
    });
  }

  /** What has arrived of this request so far. */
  seen(request: string): Arrival[] {
    return this.arrivals.filter((arrival) => arrival.request === request);
  }

  /** Waits until this request has arrived and been answered. Browsers report no reply that they keep from a page. */
  async arrival(request: string): Promise<Arrival> {
    for (let waited = 0; waited < PATIENCE; waited += 10) {
      const [found] = this.seen(request);
      if (found !== undefined) return found;
      await setTimeout(10);
    }
    const others = this.arrivals.map((arrival) => arrival.request).join(", ");
    throw new Error(`${request} has not arrived, but ${others || "nothing"}`);
  }

  #note(origin: string, { method, url, headers }: IncomingMessage, status: number, code: unknown): void {
    const cookies = (headers.cookie ?? "").split(/; */).filter((pair) => pair !== "");
    const single = Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join() : value,
    ]);
    this.arrivals.push({
      request: `${method} ${origin}${url}`,
      headers: Object.fromEntries(single),
      site: single.find(([name]) => name === "sec-fetch-site")?.[1],
      cookies: cookies.map((pair) => pair.split("=", 1)[0] ?? ""),
      status,
      code: typeof code === "string" ? code : undefined,
    });
  }
}

/** One web for all tests of a `describe`. */
export function useWeb(): Web {
  const web = new Web();
  before(() => web.start());
  after(() => web.stop());
  return web;
}
