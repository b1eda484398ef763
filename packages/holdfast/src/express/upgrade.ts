/**
 * From a request that asks for a socket to its session (ASVS 4.4.2, 4.4.4; OWASP WebSocket Security).
 *
 * @module
 */
import type { IncomingMessage, RequestListener } from "node:http";
import { scanCookies } from "../cookie/scan.ts";
import { crossSiteMessages } from "../cross-site/verdict.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import { attach, attachmentOf } from "./attachment.ts";
import type { Deployment } from "./deployment.ts";
import { reportForged } from "./forged.ts";
import { crossSite, forged, genuine, sessionCookies, upgradeFromElsewhere } from "./incoming.ts";
import { attachLegacy } from "./legacy-cookies.ts";
import { ignore, isUpgrade, refuseUpgrade } from "./refuse-upgrade.ts";
import { findSession, RequestSession } from "./request-session.ts";
import { type SocketSession, WatchedSocket } from "./socket-session.ts";
import { transportOf } from "./transport.ts";
import { UpgradeRequest } from "./upgrade-request.ts";

/** What {@link Sessions.fromUpgrade} may be told. */
export interface UpgradeOptions {
  /**
   * True lets in who has not signed in: without a session, or with one that has no user or is locked. Default false: they
   * are refused with 401.
   */
  readonly anonymous?: boolean | undefined;
  /**
   * True lets in requests with a session and without an `Origin`, which no browser sends: an app's own clients. Default
   * false: they are refused with 403. Another origin than the app's is refused in any case.
   */
  readonly nativeClients?: boolean | undefined;
  /**
   * The Express app whose `trust proxy` says whether the connection is HTTPS, and what the client's address is: a request
   * to upgrade never passes through an app, so it does not know. Without Express, the option `proxy` of session() says
   * so.
   */
  readonly app?: RequestListener | undefined;
  /**
   * Told why a request is refused, and answers it. Default: an upgrade is answered with the error's status and one
   * sentence, and its connection closed.
   */
  readonly refuse?: ((error: Error) => void) | undefined;
}

/**
 * @returns `undefined` for a request that was refused
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`; `ERR_HOLDFAST_NOT_A_REQUEST`;
 * `ERR_HOLDFAST_STORE_CANNOT` where clients carry their sessions
 */
export async function fromUpgrade(
  deployment: Deployment,
  req: IncomingMessage,
  options: UpgradeOptions = {},
): Promise<SocketSession | undefined> {
  checkUse(deployment, req, options);
  const waits = isUpgrade(req);
  // Node listens for errors of the connection no longer, and the app does not yet.
  if (waits) req.socket.on("error", ignore);
  try {
    const socket = await admit(deployment, req, options);
    if (waits) socket.dependOn(req.socket);
    return socket;
  } catch (error) {
    const why = error instanceof Error ? error : new Error(String(error));
    if (options.refuse !== undefined) options.refuse(why);
    else if (waits) refuseUpgrade(req.socket, why);
    return undefined;
  } finally {
    if (waits) req.socket.off("error", ignore);
  }
}

async function admit(
  deployment: Deployment,
  req: IncomingMessage,
  { anonymous = false, nativeClients = false, app }: UpgradeOptions,
): Promise<WatchedSocket> {
  const { core, keeper, socketWatch } = deployment;
  if (!core.keys.loaded) await keeper.ready();
  if (app !== undefined) adopt(req, app);
  const since = socketWatch.listen();
  const request = requestOf(deployment, req, nativeClients);
  const { visit } = request;
  if (visit.opened && visit.live !== null) await visit.reload();
  else await visit.open();
  const session = visit.look();
  if (visit.failure !== undefined) throw visit.failure;
  if (session === undefined) throw new HoldfastError("ERR_HOLDFAST_SIGN_IN_REQUIRED");
  if (!anonymous && visit.locked !== null) throw new HoldfastError("ERR_HOLDFAST_SESSION_LOCKED");
  if (!anonymous && visit.user === null) throw new HoldfastError("ERR_HOLDFAST_SIGN_IN_REQUIRED");
  const socket = new WatchedSocket(request, session, socketWatch);
  socket.start(since);
  return socket;
}

/** The request with its session; the same one if it was asked for before. */
function requestOf(deployment: Deployment, req: IncomingMessage, nativeClients: boolean): UpgradeRequest {
  const { core } = deployment;
  const outer = attachmentOf(req);
  const known = outer instanceof RequestSession ? findSession(outer, deployment) : undefined;
  if (known instanceof UpgradeRequest) return known;
  const transport = transportOf(req, deployment.cookieSettings.http, deployment.proxy);
  const values = sessionCookies(deployment, req, transport);
  const credentials = genuine(deployment, values);
  // A handshake of long ago is no new use of its id.
  const came = known !== undefined && known.arrivedAt > 0 ? known.arrivedAt : core.clock.now();
  const isInner = outer instanceof RequestSession ? outer : undefined;
  const request = new UpgradeRequest(deployment, req, isInner, transport, credentials, came);
  const legacy = transport === "none" ? undefined : deployment.migration?.find(req.headers.cookie);
  if (legacy !== undefined) attachLegacy(request, legacy);
  if (known === undefined) {
    const fakes = forged(values, credentials);
    const refused = fakes.length === 0 ? undefined : reportForged(request, fakes);
    const isStrange = credentials.length === 0 && request.legacy === undefined;
    if (isStrange && refused !== undefined) throw refused;
  }
  if (transport === "none") noteInsecure(request);
  checkOrigin(request, nativeClients);
  // While the reply to what the middleware has seen is being made, `req.session` stays the one it saves.
  if (known === undefined || known.res.writableEnded || isUpgrade(req)) attach(req, request, false);
  return request;
}

function checkUse({ core }: Deployment, req: IncomingMessage, options: UpgradeOptions): void {
  if (req.socket === undefined) throw new HoldfastError("ERR_HOLDFAST_NOT_A_REQUEST");
  checkOptionNames("fromUpgrade()", options, ["anonymous", "nativeClients", "app", "refuse"]);
  if (!core.store.isCarried) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CANNOT",
    "Nobody can watch a session that its client carries: for sockets, use a store on the server.",
  );
}

/** Makes the request one of the app's, as the app does with each that it handles. */
function adopt(req: IncomingMessage, app: RequestListener): void {
  if ("app" in req) return;
  if (!("request" in app) || typeof app.request !== "object" || app.request === null) {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "fromUpgrade(): `app` must be an Express app.");
  }
  Object.setPrototypeOf(req, app.request);
}

// Browsers ask nobody before they open a socket to another site, and send the cookie along; but they always say which
// page it was.
function checkOrigin(
  { deployment, req, visit, transport, credentials, legacy }: UpgradeRequest,
  native: boolean,
): void {
  const isSecure = transport === "https";
  const refusal = isUpgrade(req)
    ? upgradeFromElsewhere(deployment, req, isSecure)
    : crossSite(deployment, req, isSecure, "POST");
  if (refusal === null) return;
  if (refusal === "no-origin" && (native || (credentials.length === 0 && legacy === undefined))) return;
  visit.report("malicious_csrf", { reason: refusal });
  throw new HoldfastError("ERR_HOLDFAST_CROSS_SITE", crossSiteMessages[refusal]);
}

function noteInsecure({ deployment, req, visit }: UpgradeRequest): void {
  const { sessionCookie, warn } = deployment;
  if (scanCookies(req.headers.cookie, sessionCookie.nameFor(true), 1).length === 0) return;
  visit.report("insecure_transport", {});
  warn(
    "upgrade over plain HTTP",
    "A request to upgrade came with a session cookie, and over plain HTTP as far as can be told, so it has no session. " +
      "Behind a proxy that ends TLS pass the Express app, fromUpgrade(req, { app }), for its `trust proxy`; without " +
      "Express set `proxy: true`.",
  );
}
