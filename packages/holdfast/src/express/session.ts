/**
 * The middleware.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { settle } from "../awaitable.ts";
import { JUDGED_BY, vary } from "../cross-site/vary.ts";
import { type CrossSiteRefusal, crossSiteMessages, isSafeMethod } from "../cross-site/verdict.ts";
import { HoldfastError } from "../errors.ts";
import { reportOf } from "../migrate/report.ts";
import type { SessionEventListener, SessionEventName } from "../session/events.ts";
import type { ProviderLogout } from "../session/federation/provider.ts";
import { Health } from "../session/outage/health.ts";
import type { ListAllOptions } from "../session/users.ts";
import { attach, attachmentOf } from "./attachment.ts";
import { type Deployment, deploy } from "./deployment.ts";
import { answerDevice } from "./device-bound/endpoints.ts";
import { answerUnproven } from "./device-bound/unproven.ts";
import { effectivePolicy } from "./effective-policy.ts";
import { expressAppOf, hookExpressReply } from "./express-hooks.ts";
import { reportForged } from "./forged.ts";
import { crossSite, forged, genuine, sessionCookies, upgradeFromElsewhere } from "./incoming.ts";
import { attachLegacy } from "./legacy-cookies.ts";
import type { Next } from "./next.ts";
import type { SessionOptions } from "./options.ts";
import { refuse } from "./refuse.ts";
import { isUpgrade, refuseUpgrade } from "./refuse-upgrade.ts";
import { hookReply } from "./reply-hooks.ts";
import { reportForgedRequest } from "./report-forged-request.ts";
import { findSession, RequestSession } from "./request-session.ts";
import type { Sessions } from "./sessions.ts";
import { transportOf } from "./transport.ts";
import { fromUpgrade, type UpgradeOptions } from "./upgrade.ts";

/**
 * Makes session middleware.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { session } from "holdfast";
 * import { SqliteStore } from "holdfast/store/sqlite";
 *
 * const app = express();
 * app.use(session({ secret: process.env.SESSION_SECRET, store: new SqliteStore("data/sessions.db") }));
 * ```
 *
 * @throws {HoldfastError} at once, for every option that is wrong, unknown or unsafe
 */
export function session(options?: SessionOptions): Sessions {
  const deployment = deploy(options);
  const { core, users, keeper, storeWatch, deviceBound } = deployment;
  const health = new Health({
    gate: core.store.gate,
    now: () => core.clock.now(),
    probe: storeWatch.probe,
    keys: () => keeper.ready(),
  });

  function middleware(req: IncomingMessage, res: ServerResponse, next: Next): void {
    if (!core.keys.loaded) return whenLoaded(deployment, req, res, next, middleware);
    if (deviceBound !== undefined && answerDevice(deployment, deviceBound, req, res)) return;
    const outer = attachmentOf(req);
    if (outer !== undefined && !(outer instanceof RequestSession)) return next();
    if (findSession(outer, deployment) !== undefined) return next();
    const app = expressAppOf(req);
    const transport = transportOf(req, deployment.cookieSettings.http, deployment.proxy);
    const values = sessionCookies(deployment, req, transport);
    const credentials = genuine(deployment, values);
    const fail = app === undefined ? undefined : next;
    const legacy = transport === "none" ? undefined : deployment.migration?.find(req.headers.cookie);
    const now = credentials.length === 0 && legacy === undefined ? 0 : core.clock.now();
    const attached = new RequestSession(deployment, req, res, fail, outer, transport, credentials, now);
    if (app !== undefined) hookExpressReply(app, res, outer !== undefined);
    else if (outer === undefined) hookReply(res);
    attach(req, attached, app !== undefined);
    const fakes = forged(values, credentials);
    const refused = fakes.length === 0 ? undefined : reportForged(attached, fakes);
    if (legacy !== undefined) attachLegacy(attached, legacy);
    if (credentials.length === 0 && attached.legacy === undefined)
      return refused === undefined ? next() : deny(req, res, fail, refused);

    const upgrades = isUpgrade(req);
    if ((upgrades || !isSafeMethod(req.method)) && deployment.checksCrossSite) {
      const check = upgrades ? upgradeFromElsewhere : crossSite;
      const refusal = check(deployment, req, transport === "https");
      if (refusal !== null && (upgrades || !lenient(attached, refusal))) {
        reportForgedRequest(attached, refusal, false);
        if (!upgrades) vary(res, JUDGED_BY);
        return deny(req, res, fail, new HoldfastError("ERR_HOLDFAST_CROSS_SITE", crossSiteMessages[refusal]));
      }
    }
    if (!deployment.lazy || attached.legacy !== undefined) {
      const waits = deployment.carrier?.mayWait(credentials, now, attached.active) === true;
      return waits ? next() : openFirst(attached, fail, next);
    }
    if (attached.active) {
      for (const credential of credentials) core.activity.noteArrival(credential, now);
    }
    next();
  }

  const sessions: Sessions = Object.assign(middleware, {
    get: (req: IncomingMessage) => {
      const attached = attachmentOf(req);
      return attached instanceof RequestSession ? findSession(attached, deployment)?.session : undefined;
    },
    list: (user: string | number, { current }: { current?: string | undefined } = {}) =>
      users.list(user, current),
    listAll: (options: ListAllOptions = {}) => users.listAll(options),
    revoke: (handle: string, options?: { user: string | number }) =>
      options === undefined ? users.revoke(handle) : users.revokeOwn(handle, options?.user),
    revokeUser: (user: string | number, { except }: { except?: string | undefined } = {}) =>
      users.revokeUser(user, except),
    revokeAll: () => users.revokeAll(),
    revokeFederated: (session: ProviderLogout) => users.revokeFederated(session),
    keys: deployment.keys,
    ready: async () => {
      await storeWatch.opening.ready();
      await keeper.ready();
      await storeWatch.probe();
    },
    health: () => health.check(),
    failure: (req: IncomingMessage) => {
      const attached = attachmentOf(req);
      return attached instanceof RequestSession ? findSession(attached, deployment)?.failure : undefined;
    },
    policy: () => effectivePolicy(deployment),
    migration: async () => {
      const { migration } = deployment;
      if (migration === undefined) return undefined;
      await keeper.ready();
      return reportOf(migration, core, deployment.reporter);
    },
    on: <Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>) => {
      core.events.on(name, listener);
      return sessions;
    },
    off: <Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>) => {
      core.events.off(name, listener);
      return sessions;
    },
    fromUpgrade: (req: IncomingMessage, options?: UpgradeOptions) => fromUpgrade(deployment, req, options),
    close: async () => {
      deployment.socketWatch.close();
      storeWatch.stop();
      await deployment.upkeep.stop();
      await keeper.close();
      await core.activity.settle();
      await core.store.close();
    },
  });
  deployments.set(sessions, deployment);
  storeWatch.start();
  return sessions;
}

const deployments = new WeakMap<Sessions, Deployment>();

/** What stands behind a middleware. @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for what session() did not return */
export function deploymentOf(sessions: Sessions): Deployment {
  const deployment = deployments.get(sessions);
  if (deployment === undefined)
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "That is no middleware of session().");
  return deployment;
}

/** Lets a request wait for the keys, where they come from afar; the provider's time is bounded. */
function whenLoaded(
  { keeper }: Deployment,
  req: IncomingMessage,
  res: ServerResponse,
  next: Next,
  middleware: (req: IncomingMessage, res: ServerResponse, next: Next) => void,
): void {
  const failed = (error: unknown): void =>
    deny(req, res, expressAppOf(req) === undefined ? undefined : next, error);
  settle(
    () => keeper.ready(),
    () => middleware(req, res, next),
    failed,
  );
}

function openFirst(attached: RequestSession, fail: Next | undefined, next: Next): void {
  settle(
    () => attached.open(),
    () => next(),
    (error) => {
      if (attached.goesOnAfter(error)) return next();
      if (!answerUnproven(attached, error)) deny(attached.req, attached.res, fail, error);
    },
  );
}

/** True where `crossOrigin` lets a request pass that the check refuses. */
function lenient(attached: RequestSession, reason: CrossSiteRefusal): boolean {
  const { deployment, req } = attached;
  const { exempts, reportOnly } = deployment.crossOrigin;
  if (exempts(req)) return true;
  if (reportOnly) reportForgedRequest(attached, reason, reportOnly);
  return reportOnly;
}

function deny(req: IncomingMessage, res: ServerResponse, next: Next | undefined, error: unknown): void {
  if (next !== undefined) next(error);
  // Its response is a stand-in of the app's.
  else if (isUpgrade(req)) refuseUpgrade(req.socket, error);
  else if (!res.headersSent) refuse(res, res, error);
}
