/**
 * `req.session` on Express's Request.
 *
 * @module
 */
import type { Session, SessionData } from "../session/session-types.ts";

declare global {
  namespace Express {
    interface Request {
      session: Session & Partial<SessionData>;
      /** The session's handle; see {@link Session.id}. */
      sessionID: string;
    }
  }
}
