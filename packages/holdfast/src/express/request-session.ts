/**
 * A session on one request and its reply: tells the visit what it must know of HTTP, and puts on the reply what the
 * visit decided.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Awaitable, chain } from "../awaitable.ts";
import { cleanText } from "../clean-text.ts";
import { withSessionCookie } from "../cookie/session-cookie.ts";
import { registrationHeader } from "../dbsc/instructions.ts";
import { type SkipReason, skipReasonIn } from "../dbsc/structured-fields.ts";
import { HoldfastError } from "../errors.ts";
import type { ClientRisk, RiskVerdict } from "../session/client/risk.ts";
import { describeEvent } from "../session/describe-event.ts";
import { bindingName } from "../session/device-bound/binding-name.ts";
import type { EventBase, Reporter } from "../session/events.ts";
import type { LegacyArrival } from "../session/legacy.ts";
import type { SessionObject } from "../session/object/session-object.ts";
import type { SessionCookieView } from "../session/object/types.ts";
import type { Credential } from "../session/record/credentials.ts";
import type { Client } from "../session/record/header.ts";
import { freshText } from "../session/record/plain-data.ts";
import type { VisitFacts } from "../session/visit/facts.ts";
import { Visit } from "../session/visit/visit.ts";
import { type Attached, attachmentOf } from "./attachment.ts";
import { Carriage, type Carrier } from "./carrier.ts";
import type { Deployment } from "./deployment.ts";
import type { DeviceBound } from "./device-bound/device-bound.ts";
import { Exchange } from "./exchange.ts";
import type { Next } from "./next.ts";
import type { Transport } from "./transport.ts";

export class RequestSession implements VisitFacts, Attached {
  readonly deployment: Deployment;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The session of another deployment on the same request, which this one hides. */
  readonly outer: RequestSession | undefined;
  readonly transport: Transport;
  readonly credentials: readonly Credential[];
  readonly arrivedAt: number;
  passing = false;
  legacy: LegacyArrival | undefined = undefined;
  readonly #next: Next | undefined;
  // Made when they are needed: most requests look at their session late or never.
  #exchange: Exchange | undefined = undefined;
  #visit: Visit | undefined = undefined;
  #carriage: Carriage | undefined = undefined;
  #active: boolean | undefined = undefined;
  #unset = false;

  /**
   * @param next - where an error may be handed to the app; `undefined` on bare `node:http`
   * @param credentials - the genuine ids that came with the request
   * @param arrivedAt - when it came; without an id it does not matter
   */
  constructor(
    deployment: Deployment,
    req: IncomingMessage,
    res: ServerResponse,
    next: Next | undefined,
    outer: RequestSession | undefined,
    transport: Transport,
    credentials: readonly Credential[],
    arrivedAt: number,
  ) {
    this.deployment = deployment;
    this.req = req;
    this.res = res;
    this.#next = next;
    this.outer = outer;
    this.transport = transport;
    this.credentials = credentials;
    this.arrivedAt = arrivedAt;
  }

  get exchange(): Exchange {
    if (this.outer !== undefined) return this.outer.exchange;
    this.#exchange ??= new Exchange(this.req, this.res, this.#next);
    return this.#exchange;
  }

  get visit(): Visit {
    if (this.#visit === undefined) {
      const { core, carrier } = this.deployment;
      if (carrier !== undefined) this.#carriage = this.#carriageBy(carrier);
      this.#visit = new Visit(this.#carriage?.core ?? core, this, this.credentials);
    }
    return this.#visit;
  }

  // ——— req.session ———

  get session(): SessionObject | undefined {
    if (this.#unset) return undefined;
    return this.visit.look();
  }

  get sessionID(): string | undefined {
    return this.session?.handle;
  }

  get engaged(): boolean {
    return this.#visit?.opened === true || this.#unset || this.outer?.engaged === true;
  }

  assign(value: unknown, name: "session" | "sessionID"): void {
    if (name === "sessionID") {
      throw new HoldfastError("ERR_HOLDFAST_RESERVED_NAME", "req.sessionID cannot be assigned.");
    }
    if (value === null || value === undefined) {
      this.#unset = true;
    } else if (value !== this.session) {
      throw new HoldfastError(
        "ERR_HOLDFAST_RESERVED_NAME",
        "req.session cannot be replaced. Assign its properties, or set it to null to end the session.",
      );
    }
  }

  open(): Awaitable<void> {
    return this.visit.open();
  }

  /** Why the session cannot be read; asking does not make the reply depend on it. */
  get failure(): HoldfastError | undefined {
    const failure = this.#unset ? undefined : this.visit.peek();
    if (failure === undefined || failure instanceof HoldfastError) return failure;
    return new HoldfastError("ERR_HOLDFAST_STORE_UNAVAILABLE", undefined, { cause: failure });
  }

  /** True if the app wants a request to go on whose session could not be opened. */
  goesOnAfter(error: unknown): boolean {
    if (!(error instanceof HoldfastError) || error.status !== 503) return false;
    // No outage of the store: the request says so itself, and anybody can.
    if (error.code === "ERR_HOLDFAST_DEVICE_PROOF_DELAYED") return false;
    if (this.deployment.onStoreError(this.req, error) !== "continue") return false;
    this.visit.goOn();
    return true;
  }

  // ——— VisitFacts ———

  get active(): boolean {
    this.#active ??= this.deployment.isActivity === undefined || this.deployment.isActivity(this.req);
    return this.#active;
  }

  get storable(): boolean {
    return this.transport !== "none";
  }

  get cookie(): Pick<SessionCookieView, "secure" | "sameSite" | "path" | "domain"> {
    const { sameSite, path, domain } = this.deployment.cookieSettings;
    return { secure: this.transport === "https", sameSite: lowerCase(sameSite), path, domain };
  }

  headersSent(): boolean {
    // The reply to an upgrade is the app's own writing; no header of ours would be in it.
    return this.res.headersSent || ("upgrade" in this.req && this.req.upgrade === true);
  }

  replyIsError(): boolean {
    return this.res.statusCode >= 500;
  }

  // Sessions keep it: an address or a name that is part of a header, as it may be, would keep the whole header.
  client(): Client {
    const { ip, userAgent } = clientOf(this.deployment, this.req);
    return clientWith(
      ip === undefined ? undefined : freshText(ip),
      userAgent === undefined ? undefined : this.deployment.agents.of(userAgent),
    );
  }

  clientDiffers({ ip, userAgent }: Client): boolean {
    const { onRisk, core, addressOf } = this.deployment;
    if (onRisk === undefined && !core.events.heard("session_client_changed")) return false;
    return this.req.headers["user-agent"] !== userAgent || addressOf(this.req) !== ip;
  }

  judge(risk: ClientRisk): RiskVerdict {
    return this.deployment.onRisk?.(risk, this.req) ?? "notify";
  }

  deviceCookies(): readonly string[] {
    return this.deployment.deviceBound?.cookie.in(this.req.headers.cookie) ?? [];
  }

  deviceSkipped(id: string): SkipReason | undefined {
    return skipReasonIn(this.req.headers["secure-session-skipped"], id);
  }

  describe(): Pick<EventBase, "ip" | "userAgent" | "method" | "path"> {
    return describeRequest(this.deployment, this.req);
  }

  refuseInsecure(): void {
    this.visit.report("insecure_transport", {});
    this.deployment.refuseInsecure();
  }

  // ——— ReplyParticipant ———

  commit(): Awaitable<void> {
    const done = this.#commit();
    if (this.#carriage === undefined) return done;
    return chain(done, () => this.#carriage?.complete(this.visit, this.active));
  }

  #commit(): Awaitable<void> {
    if (!this.#unset) return this.#visit?.commit();
    return this.deployment.unset === "destroy" ? this.#destroy() : undefined;
  }

  writeHeaders(res: ServerResponse): void {
    const visit = this.#visit;
    if (visit === undefined) return;
    const { cookie } = visit;
    const secure = this.transport === "https";
    if (cookie !== null) {
      const { sessionCookie, clearSiteData, core } = this.deployment;
      const header =
        cookie === "clear"
          ? sessionCookie.clear(secure)
          : cookie.life === undefined
            ? sessionCookie.set(cookie.value, secure)
            : sessionCookie.set(cookie.value, secure, cookie.life, core.clock.now());
      res.setHeader(
        "Set-Cookie",
        withSessionCookie(res.getHeader("Set-Cookie"), header, sessionCookie.nameFor(secure)),
      );
      res.setHeader("Cache-Control", "no-store");
      if (!secure) this.deployment.warnOfPlainCookie();
      else if (this.deployment.deviceBound !== undefined)
        this.#writeDevice(res, visit, this.deployment.deviceBound);
      if (cookie === "clear" && clearSiteData && secure && visit.signedOut && !this.#anotherBegins()) {
        res.setHeader("Clear-Site-Data", '"cookies", "storage"');
      }
    } else if ((visit.signedIn || visit.failure !== undefined) && !res.hasHeader("Cache-Control")) {
      // What a signed-in user sees must not be shown to the next one at the same screen or cache (ASVS 14.3.2); nor what
      // an outage has left of a page to anybody later.
      res.setHeader("Cache-Control", "no-store");
    }
    this.#carriage?.writeHeaders(res, visit);
    if (visit.legacyCookie !== undefined) this.#clearLegacy(res, visit);
  }

  // A binding is offered with the id of a session that has just begun, and its cookie goes when the session's goes.
  #writeDevice(res: ServerResponse, visit: Visit, { cookie, settings }: DeviceBound): void {
    if (visit.cookie === "clear") {
      if (cookie.in(this.req.headers.cookie).length === 0) return;
      const list = withSessionCookie(res.getHeader("Set-Cookie"), cookie.clear(), cookie.name);
      res.setHeader("Set-Cookie", list);
    } else if (visit.registration !== undefined && visit.live !== null) {
      const { credential, header } = visit.live;
      const name = bindingName(this.deployment.core.keys, credential.handle, header.endsAt);
      const offer = registrationHeader(settings.registerPath, visit.registration, name);
      res.setHeader("Secure-Session-Registration", offer);
    }
  }

  #clearLegacy(res: ServerResponse, visit: Visit): void {
    const { migration } = this.deployment;
    for (const { name, header } of migration?.clearing(visit, this.transport === "https") ?? []) {
      res.setHeader("Set-Cookie", withSessionCookie(res.getHeader("Set-Cookie"), header, name));
      res.setHeader("Cache-Control", "no-store");
    }
  }

  #carriageBy(carrier: Carrier): Carriage {
    const { cookie } = this.req.headers;
    return new Carriage(carrier, cookie, this.transport === "https", () => this.headersSent());
  }

  // It would empty the browser of the cookie that another deployment sets in the same reply.
  #anotherBegins(): boolean {
    let at = attachmentOf(this.req);
    for (; at instanceof RequestSession; at = at.outer) {
      const cookie = at.#visit?.cookie;
      if (cookie !== undefined && cookie !== null && cookie !== "clear") return true;
    }
    return false;
  }

  #destroy(): Awaitable<void> {
    // The second commit of a reply finds it done.
    return this.visit.look() === undefined ? undefined : this.visit.destroy();
  }
}

/** For what is reported of a request before it has a session. */
export function reporterOf(deployment: Deployment, req: IncomingMessage): Reporter {
  const { events, clock, keys } = deployment.core;
  return {
    report(type, fields, about = {}) {
      if (!events.heard(type)) return;
      const facts = { ...describeRequest(deployment, req), ...about };
      events.emit(describeEvent(type, fields, clock.now(), keys, facts));
    },
  };
}

/** This deployment's session among those of a request. */
export function findSession(
  innermost: RequestSession | undefined,
  deployment: Deployment,
): RequestSession | undefined {
  for (let at = innermost; at !== undefined; at = at.outer) if (at.deployment === deployment) return at;
  return undefined;
}

/** The address as the app trusts it and the browser's name for itself. */
function clientOf({ addressOf }: Deployment, req: IncomingMessage): Client {
  const address = addressOf(req);
  const agent = req.headers["user-agent"];
  const ip = address === undefined ? undefined : cleanText(address);
  const userAgent = agent === undefined ? undefined : cleanText(agent);
  return clientWith(ip, userAgent);
}

function clientWith(ip: string | undefined, userAgent: string | undefined): Client {
  if (ip !== undefined && userAgent !== undefined) return { ip, userAgent };
  return ip !== undefined ? { ip } : userAgent !== undefined ? { userAgent } : {};
}

const MOST_PATH = 256;

/** Who and where, as events show it. */
function describeRequest(
  deployment: Deployment,
  req: IncomingMessage,
): Pick<EventBase, "ip" | "userAgent" | "method" | "path"> {
  const url = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : (req.url ?? "");
  return {
    ...clientOf(deployment, req),
    ...(req.method !== undefined && { method: cleanText(req.method) }),
    path: cleanText(url.split("?", 1)[0]?.slice(0, MOST_PATH) ?? ""),
  };
}

const LOWER = { Lax: "lax", Strict: "strict", None: "none" } as const;

function lowerCase(sameSite: keyof typeof LOWER): "lax" | "strict" | "none" {
  return LOWER[sameSite];
}
