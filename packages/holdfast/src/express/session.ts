/**
 * The middleware.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { settle } from "../awaitable.ts";
import { crossSiteMessages, isSafeMethod } from "../defence/cross-site.ts";
import { HoldfastError } from "../errors.ts";
import type { SessionEventListener, SessionEventName } from "../session/events.ts";
import type { Keys } from "../session/key-operations.ts";
import type { Session, SessionData } from "../session/object/types.ts";
import type { ListAllOptions, ListedSessions, SessionSummary } from "../session/users.ts";
import { attach, attachmentOf } from "./attachment.ts";
import { type Deployment, deploy } from "./deployment.ts";
import { type EffectivePolicy, effectivePolicy } from "./effective-policy.ts";
import { expressAppOf, hookExpressReply } from "./express-hooks.ts";
import { reportForged } from "./forged.ts";
import { crossSite, forged, genuine, sessionCookies } from "./incoming.ts";
import type { Next } from "./next.ts";
import type { SessionOptions } from "./options.ts";
import { refuse } from "./refuse.ts";
import { hookReply } from "./reply-hooks.ts";
import { RequestSession } from "./request-session.ts";
import { transportOf } from "./transport.ts";

/** The middleware that {@link session} returns, and what can be done with a deployment's sessions from outside them. */
export interface Sessions {
  /**
   * Middleware for Express, Connect and `node:http`. Under Express errors go to `next`; on bare `node:http` they are
   * replied (403, 429, 503), and `next` runs only for requests that may go on.
   */
  (req: IncomingMessage, res: ServerResponse, next: Next): void;

  /** This deployment's session of a request, also where another one's is `req.session`; `undefined` if there is none. */
  get(req: IncomingMessage): (Session & Partial<SessionData>) | undefined;

  /**
   * A user's sessions, latest activity first: those that are live, and those that have locked.
   *
   * @param options - `current`: the handle to mark
   * @throws {HoldfastError} `ERR_HOLDFAST_USER`, `ERR_HOLDFAST_STORE_UNAVAILABLE`; before the first keys have come,
   * `ERR_HOLDFAST_KEYS_UNAVAILABLE`
   */
  list(user: string | number, options?: { current?: string | undefined }): Promise<SessionSummary[]>;

  /**
   * Everybody's sessions, live or locked, anonymous ones included, a page at a time. For operators: pass none of it to users.
   *
   * A walk over all pages shows a session that lives throughout once; one that gets a new id meanwhile may be missing or
   * there twice.
   *
   * @example
   * ```ts
   * let after: string | undefined;
   * do {
   *   const page = await sessions.listAll({ after });
   *   for (const { user, client } of page.sessions) console.log(user, client.ip);
   *   after = page.next;
   * } while (after !== undefined);
   * ```
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_STORE_UNAVAILABLE`
   */
  listAll(options?: ListAllOptions): Promise<ListedSessions>;

  /**
   * Ends one session, on every process that uses the store, once it has resolved.
   *
   * @param options - `user`: only if it is this user's. Without `options`: an operator's power; never pass a handle from
   * a client that way
   * @returns false if there is no such session (of that user)
   * @throws {HoldfastError} `ERR_HOLDFAST_USER` if `user` is nobody, as an anonymous visitor is;
   * `ERR_HOLDFAST_STORE_UNAVAILABLE`
   */
  revoke(handle: string, options?: { user: string | number }): Promise<boolean>;

  /** Ends all sessions of a user but the one with the handle `except`. @returns how many */
  revokeUser(user: string | number, options?: { except?: string | undefined }): Promise<number>;

  /**
   * Ends all sessions of everybody, anonymous ones included, on every process that uses the store, once it has resolved
   * (ASVS 7.4.5). Sign-ins that began before it do not finish. An operator's power.
   *
   * @returns how many there were, those included that had expired
   * @throws {HoldfastError} `ERR_HOLDFAST_STORE_UNAVAILABLE`
   */
  revokeAll(): Promise<number>;

  /** The keys that sign and seal, in an operator's hands. */
  readonly keys: Keys;

  /**
   * The limits and cookie that new sessions get, and which standards the limits meet: plain data for a review
   * (ASVS 7.1.1). A session that began under other limits keeps those.
   */
  policy(): EffectivePolicy;

  /** Listens to one type of event, or to all (`"*"`). */
  on<Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>): Sessions;
  off<Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>): Sessions;

  /** Records pending activity, stops pruning and the upkeep of keys, and closes the store. */
  close(): Promise<void>;
}

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
  const { core, users } = deployment;

  function middleware(req: IncomingMessage, res: ServerResponse, next: Next): void {
    if (!core.keys.loaded) return whenLoaded(deployment, req, res, next, middleware);
    const outer = attachmentOf(req);
    if (outer !== undefined && !(outer instanceof RequestSession)) return next();
    if (find(outer, deployment) !== undefined) return next();
    const app = expressAppOf(req);
    const transport = transportOf(req, deployment.cookieSettings.http, deployment.proxy);
    const values = sessionCookies(deployment, req, transport);
    const credentials = genuine(deployment, values);
    const fail = app === undefined ? undefined : next;
    const now = credentials.length === 0 ? 0 : core.clock.now();
    const attached = new RequestSession(deployment, req, res, fail, outer, transport, credentials, now);
    if (app !== undefined) hookExpressReply(app, res);
    else if (outer === undefined) hookReply(res);
    attach(req, attached, app !== undefined);
    const fakes = forged(values, credentials);
    const refused = fakes.length === 0 ? undefined : reportForged(attached, fakes);
    if (credentials.length === 0) return refused === undefined ? next() : deny(res, fail, refused);

    if (!isSafeMethod(req.method) && deployment.checksCrossSite) {
      const refusal = crossSite(deployment, req, transport === "https");
      if (refusal !== null) {
        attached.visit.report("malicious_csrf", { reason: refusal });
        return deny(res, fail, new HoldfastError("ERR_HOLDFAST_CROSS_SITE", crossSiteMessages[refusal]));
      }
    }
    if (!deployment.lazy) return openFirst(attached, fail, next);
    if (attached.active) {
      for (const credential of credentials) core.activity.noteArrival(credential, now);
    }
    next();
  }

  const sessions: Sessions = Object.assign(middleware, {
    get: (req: IncomingMessage) => {
      const attached = attachmentOf(req);
      return attached instanceof RequestSession ? find(attached, deployment)?.session : undefined;
    },
    list: (user: string | number, { current }: { current?: string | undefined } = {}) =>
      users.list(user, current),
    listAll: (options: ListAllOptions = {}) => users.listAll(options),
    revoke: (handle: string, options?: { user: string | number }) =>
      options === undefined ? users.revoke(handle) : users.revokeOwn(handle, options?.user),
    revokeUser: (user: string | number, { except }: { except?: string | undefined } = {}) =>
      users.revokeUser(user, except),
    revokeAll: () => users.revokeAll(),
    keys: deployment.keys,
    policy: () => effectivePolicy(deployment),
    on: <Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>) => {
      core.events.on(name, listener);
      return sessions;
    },
    off: <Name extends SessionEventName>(name: Name | "*", listener: SessionEventListener<Name>) => {
      core.events.off(name, listener);
      return sessions;
    },
    close: async () => {
      await deployment.upkeep.stop();
      await deployment.keeper.close();
      await core.activity.flush();
      await core.store.close();
    },
  });
  deployments.set(sessions, deployment);
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
    deny(res, expressAppOf(req) === undefined ? undefined : next, error);
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
    (error) => deny(attached.res, fail, error),
  );
}

function deny(res: ServerResponse, next: Next | undefined, error: unknown): void {
  if (next !== undefined) next(error);
  else refuse(res, res, error);
}

function find(attached: RequestSession | undefined, deployment: Deployment): RequestSession | undefined {
  for (let at = attached; at !== undefined; at = at.outer) if (at.deployment === deployment) return at;
  return undefined;
}
