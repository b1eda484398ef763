/**
 * The middleware.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Awaitable, chain, settle } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { attach, attachmentOf } from "../express/attachment.ts";
import { expressAppOf, hookExpressReply } from "../express/express-hooks.ts";
import type { Next } from "../express/next.ts";
import { hookReply } from "../express/reply-hooks.ts";
import { CompatRequest } from "./compat-request.ts";
import { covers, isSecure, pathOf } from "./connection.ts";
import { Cookie, type CookieOptions } from "./cookie.ts";
import type { SessionOptions } from "./options.ts";
import { signedIds } from "./request-ids.ts";
import { createSession, Session } from "./session-object.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { CookieSigner, type SignedId } from "./signature.ts";
import type { CompatStore, RequestWithSession, StoredSession } from "./types.ts";

/** Express and connect middleware, and anything else that calls `(req, res, next)`. */
export type SessionMiddleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/**
 * Makes session middleware that takes express-session's place.
 *
 * @throws {HoldfastError} for options that are wrong, or belong to the main API
 */
export function session(options?: SessionOptions): SessionMiddleware {
  const settings = settingsOf(options);
  const { store } = settings.writer.calls;
  store.generate = (req) => {
    if (isRequest(req)) generate(settings, req, cookieOptionsOf(settings, req));
  };
  let connected = true;
  store.on("disconnect", () => {
    connected = false;
  });
  store.on("connect", () => {
    connected = true;
  });

  return function session(req, res, next) {
    const outer = attachmentOf(req);
    if (outer !== undefined && !(outer instanceof CompatRequest)) return next();
    if (Reflect.get(req, "session") || !connected) return next();
    const cookieOptions = settings.cookieFor(req) ?? {};
    if (!covers(cookieOptions.path || "/", pathOf(req))) return next();
    const signer = settings.signer ?? signerOf(req);
    if (signer === undefined) {
      return next(new HoldfastError("ERR_HOLDFAST_SECRET_MISSING", "secret option required for sessions"));
    }
    const ids = signedIds(req, settings.name, signer);
    prepare(req, store, ids[0]?.id);
    const attached = new CompatRequest(settings, signer, req, res, next, outer, cookieOptions);
    const app = expressAppOf(req);
    if (app !== undefined) hookExpressReply(app, res, outer !== undefined);
    else if (outer === undefined) hookReply(res);
    attach(req, attached, true);
    settle(
      () => chain(firstStored(settings, ids, 0), (found) => begin(settings, req, attached, ids, found)),
      () => next(),
      next,
    );
  };
}

/** The first of these sessions that the store knows. */
function firstStored(
  settings: Settings,
  ids: readonly SignedId[],
  index: number,
): Awaitable<Found | undefined> {
  const signed = ids[index];
  if (signed === undefined) return undefined;
  return chain(settings.writer.calls.get(signed.id), (record) =>
    record === undefined ? firstStored(settings, ids, index + 1) : { signed, record },
  );
}

interface Found {
  readonly signed: SignedId;
  readonly record: StoredSession;
}

function begin(
  settings: Settings,
  req: RequestWithSession,
  attached: CompatRequest,
  ids: readonly SignedId[],
  found: Found | undefined,
): void {
  if (found === undefined) {
    generate(settings, req, attached.cookieOptions);
    attached.begin(ids[0]);
  } else {
    req.sessionID = found.signed.id;
    createSession(req, found.record);
    attached.begin(found.signed);
  }
}

function generate(settings: Settings, req: RequestWithSession, options: CookieOptions): void {
  req.sessionID = settings.makeId(req);
  const made = new Session(req);
  const cookie = new Cookie(options);
  made.cookie = cookie;
  const secure = isSecure(req, settings.proxy);
  if (options.secure === "auto") cookie.secure = secure;
  if (options.sameSite === "auto") cookie.sameSite = secure ? "none" : "lax";
  req.session = made;
}

function cookieOptionsOf(settings: Settings, req: RequestWithSession): CookieOptions {
  const attached = attachmentOf(req);
  return attached instanceof CompatRequest ? attached.cookieOptions : (settings.cookieFor(req) ?? {});
}

// cookie-parser leaves the secret that it was given.
function signerOf(req: IncomingMessage): CookieSigner | undefined {
  const secret: unknown = Reflect.get(req, "secret");
  return secret ? new CookieSigner([secret]) : undefined;
}

// Own properties, for the request's prototype may have accessors of the main API.
function prepare(
  req: IncomingMessage,
  store: CompatStore,
  id: string | undefined,
): asserts req is RequestWithSession {
  const own = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(req, "sessionStore", { ...own, value: store });
  Object.defineProperty(req, "sessionID", { ...own, value: id });
  Object.defineProperty(req, "session", { ...own, value: undefined });
}

/** A store hands back the request that it was handed. */
function isRequest(req: object): req is RequestWithSession {
  return "headers" in req;
}
