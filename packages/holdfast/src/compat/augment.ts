/**
 * `req.session` on Express's Request, as the main API declares it.
 *
 * @module
 */
import type { SessionOnRequest } from "../express/session-on-request.ts";
import type { Session } from "./session-object.ts";
import type { Store } from "./store.ts";
import type { SessionData } from "./types.ts";

declare global {
  interface HoldfastSessions {
    compat: Session & Partial<Omit<SessionData, "cookie">>;
  }
}

// biome-ignore lint/suspicious/noTsIgnore: an expected error would itself be one where Express's types are installed
/** @ts-ignore: without Express's types there is nothing to extend, and nothing is lost */
declare module "express-serve-static-core" {
  interface Request {
    session: SessionOnRequest;
    /** The session's id: a secret. */
    sessionID: string;
    /** The store, to look others up. */
    sessionStore: Store;
  }
}
