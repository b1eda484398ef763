/**
 * `req.session` on Express's Request.
 *
 * On the interface that Express's handlers are given, not on the global `Express.Request` where
 * `@types/express-session` declares its own: there both would collide, here ours extends theirs.
 *
 * @module
 */
import type { Session, SessionData } from "../session/object/types.ts";
import type { SessionOnRequest } from "./session-on-request.ts";

declare global {
  interface HoldfastSessions {
    holdfast: Session & Partial<SessionData>;
  }
}

// biome-ignore lint/suspicious/noTsIgnore: an expected error would itself be one where Express's types are installed
/** @ts-ignore: without Express's types there is nothing to extend, and nothing is lost */
declare module "express-serve-static-core" {
  interface Request {
    session: SessionOnRequest;
    /** The session's handle; see {@link Session.id}. */
    sessionID: string;
  }
}
