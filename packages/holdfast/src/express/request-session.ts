/**
 * A session on one request and its reply: tells the visit what it must know of HTTP, and puts on the reply what the
 * visit decided.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Awaitable } from "../awaitable.ts";
import { withSessionCookie } from "../cookie/session-cookie.ts";
import { HoldfastError } from "../errors.ts";
import type { Credential } from "../session/credentials.ts";
import { cleanText, type EventBase } from "../session/events.ts";
import type { Client } from "../session/record-header.ts";
import type { SessionObject } from "../session/session-object.ts";
import type { SessionCookieView } from "../session/session-types.ts";
import { Visit } from "../session/visit.ts";
import type { VisitFacts } from "../session/visit-facts.ts";
import type { Deployment } from "./deployment.ts";
import type { Exchange, ReplyParticipant } from "./exchange.ts";
import { type Attached, hookReply } from "./hooks.ts";
import type { Transport } from "./transport.ts";

export class RequestSession implements VisitFacts, ReplyParticipant, Attached {
  readonly exchange: Exchange;
  readonly visit: Visit;
  readonly deployment: Deployment;
  /** The session of another deployment on the same request, which this one hides. */
  readonly outer: RequestSession | undefined;
  readonly active: boolean;
  readonly #transport: Transport;
  #unset = false;

  constructor(
    deployment: Deployment,
    exchange: Exchange,
    outer: RequestSession | undefined,
    transport: Transport,
    credentials: readonly Credential[],
  ) {
    this.deployment = deployment;
    this.exchange = exchange;
    this.outer = outer;
    this.#transport = transport;
    this.active = deployment.isActivity === undefined || deployment.isActivity(exchange.req);
    this.visit = new Visit(deployment.core, this, credentials);
  }

  // ——— req.session ———

  get session(): SessionObject | undefined {
    if (this.#unset) return undefined;
    if (!this.visit.opened) hookReply(this.exchange.res);
    return this.visit.session;
  }

  get sessionID(): string | undefined {
    return this.session?.handle;
  }

  get engaged(): boolean {
    return this.visit.opened || this.#unset || this.outer?.engaged === true;
  }

  assign(value: unknown): void {
    if (value === null || value === undefined) {
      hookReply(this.exchange.res);
      this.#unset = true;
    } else if (value !== this.session) {
      throw new HoldfastError(
        "ERR_HOLDFAST_RESERVED_NAME",
        "req.session cannot be replaced. Assign its properties, or set it to null to end the session.",
      );
    }
  }

  open(): Awaitable<void> {
    hookReply(this.exchange.res);
    return this.visit.open();
  }

  // ——— VisitFacts ———

  get storable(): boolean {
    return this.#transport !== "none";
  }

  get cookie(): Pick<SessionCookieView, "secure" | "sameSite" | "path" | "domain"> {
    const { sameSite, path, domain } = this.deployment.cookieSettings;
    return { secure: this.#transport === "https", sameSite: lowerCase(sameSite), path, domain };
  }

  headersSent(): boolean {
    return this.exchange.res.headersSent;
  }

  client(): Client {
    return clientOf(this.exchange.req);
  }

  describe(): Pick<EventBase, "ip" | "userAgent" | "method" | "path"> {
    return describeRequest(this.exchange.req);
  }

  refuseInsecure(): void {
    this.visit.report("insecure_transport", {});
    this.deployment.refuseInsecure();
  }

  // ——— ReplyParticipant ———

  commit(): Awaitable<void> {
    if (!this.#unset) return this.visit.commit();
    return this.deployment.unset === "destroy" ? this.#destroy() : undefined;
  }

  commitLate(): Awaitable<void> {
    return this.#unset ? this.commit() : this.visit.commitLate();
  }

  writeHeaders(res: ServerResponse): void {
    const { cookie, signedIn, opened } = this.visit;
    const secure = this.#transport === "https";
    if (cookie !== null) {
      const { sessionCookie, clearSiteData, core } = this.deployment;
      const header =
        cookie === "clear"
          ? sessionCookie.clear(secure)
          : sessionCookie.set(cookie.value, secure, cookie.life, core.clock.now());
      res.setHeader(
        "Set-Cookie",
        withSessionCookie(res.getHeader("Set-Cookie"), header, sessionCookie.nameFor(secure)),
      );
      res.setHeader("Cache-Control", "no-store");
      if (!secure) this.deployment.warnOfPlainCookie();
      if (cookie === "clear" && clearSiteData && secure && this.visit.signedOut) {
        res.setHeader("Clear-Site-Data", '"cookies", "storage"');
      }
    } else if (opened && signedIn && !res.hasHeader("Cache-Control")) {
      // What a signed-in user sees must not be shown to the next one at the same screen or cache (ASVS 14.3.2).
      res.setHeader("Cache-Control", "no-store");
    }
  }

  #destroy(): Awaitable<void> {
    // Nothing to end if the session was never opened and no id came with the request.
    this.#unset = false;
    const ending = this.visit.session === undefined ? undefined : this.visit.destroy();
    this.#unset = true;
    return ending;
  }
}

/** The address as the app sees it (Express: `req.ip`) and the browser's name for itself. */
function clientOf(req: IncomingMessage): Client {
  const address = "ip" in req && typeof req.ip === "string" ? req.ip : req.socket.remoteAddress;
  const agent = req.headers["user-agent"];
  const ip = address === undefined ? undefined : cleanText(address);
  const userAgent = agent === undefined ? undefined : cleanText(agent);
  if (ip !== undefined && userAgent !== undefined) return { ip, userAgent };
  return ip !== undefined ? { ip } : userAgent !== undefined ? { userAgent } : {};
}

const MOST_PATH = 256;

/** Who and where, as events show it. */
function describeRequest(req: IncomingMessage): Pick<EventBase, "ip" | "userAgent" | "method" | "path"> {
  const url = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : (req.url ?? "");
  return {
    ...clientOf(req),
    ...(req.method !== undefined && { method: cleanText(req.method) }),
    path: cleanText(url.split("?", 1)[0]?.slice(0, MOST_PATH) ?? ""),
  };
}

const LOWER = { Lax: "lax", Strict: "strict", None: "none" } as const;

function lowerCase(sameSite: keyof typeof LOWER): "lax" | "strict" | "none" {
  return LOWER[sameSite];
}
