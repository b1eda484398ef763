/**
 * `req.session` on Express's Request.
 *
 * On the interface that Express's handlers are given, not on the global `Express.Request` where `@types/express-session`
 * declares its own: there both would collide, here ours extends theirs. Without Express's types installed there
 * is nothing to extend, which is no error.
 *
 * @module
 */
import type { Session, SessionData } from "../session/session-types.ts";

/** @ts-expect-error: absent in projects without Express's types */
declare module "express-serve-static-core" {
  interface Request {
    session: Session & Partial<SessionData>;
    /** The session's handle; see {@link Session.id}. */
    sessionID: string;
  }
}
