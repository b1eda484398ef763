import { type Request, Router } from "express";
import type { User } from "../accounts/users.ts";
import { signedIn } from "../http/current-user.ts";
import type { Services } from "../services.ts";

/**
 * Asking about the session does not prolong it: the page's own watch would keep it alive for ever (NIST SP 800-63B-4,
 * 5.2).
 */
export const SESSION_STATUS_PATH = "/api/session";

/** `GET /api/session`: how long it lasts. `POST /api/session/extend`: "stay signed in". */
export function sessionApiRoutes(services: Services): Router {
  const describe = (req: Request, user: User): Record<string, unknown> => {
    const { handle, times, deviceBound = null } = req.session;
    return { user: user.name, handle, ...times, deviceBound, now: new Date(services.clock.now()) };
  };
  const router = Router();
  router.get(
    SESSION_STATUS_PATH,
    signedIn(services, (req, res, user) => {
      res.json(describe(req, user));
    }),
  );
  router.post(
    `${SESSION_STATUS_PATH}/extend`,
    signedIn(services, async (req, res, user) => {
      req.session.touch();
      await req.session.save();
      res.json(describe(req, user));
    }),
  );
  return router;
}
