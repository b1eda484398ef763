import { type Request, type RequestHandler, type Response, Router } from "express";
import type { User } from "../accounts/users.ts";
import { aroundPage } from "../http/around.ts";
import { signedIn, type UserHandler } from "../http/current-user.ts";
import { freshly } from "../http/fresh.ts";
import { wantsJson } from "../http/negotiate.ts";
import { withNotice } from "../http/notices.ts";
import { Problem } from "../http/problem.ts";
import { describeClient } from "../http/user-agent.ts";
import type { Services } from "../services.ts";
import { sendPage } from "../views/send.ts";
import { type SessionRow, sessionsPage } from "../views/sessions.ts";

const PATH = "/account/sessions";

/**
 * `GET /account/sessions`, `DELETE /account/sessions/:handle`, `DELETE /account/sessions` (all others); and the
 * same two as POST, for forms in browsers without JavaScript.
 */
export function sessionsRoutes(services: Services): Router {
  const { sessions } = services;
  const router = Router();

  router.get(
    PATH,
    signedIn(services, async (req, res, user) => {
      const rows = await rowsOf(services, req, user);
      if (wantsJson(req)) res.vary("Accept").json({ sessions: rows });
      else sendPage(res, sessionsPage(rows), await aroundPage(services, req, user));
    }),
  );

  /** One's own present session ends at once, as by logging out; another needs a fresh password first. */
  const endOne = (reply: (res: Response, current: boolean) => void, comeBackTo?: string): RequestHandler => {
    const endAnother = freshly(async (req, res, user) => {
      if (!(await sessions.revoke(String(req.params.handle), { user: user.id }))) {
        throw new Problem(404, "ERR_NO_SUCH_SESSION", "You have no such session; it may have ended already.");
      }
      reply(res, false);
    }, comeBackTo);
    const handler: UserHandler = async (req, res, user) => {
      if (req.params.handle !== req.session.handle) return endAnother(req, res, user);
      await req.session.signOut();
      reply(res, true);
    };
    return signedIn(services, handler, comeBackTo);
  };

  const endOthers = (reply: (res: Response, ended: number) => void, comeBackTo?: string): RequestHandler => {
    const handler: UserHandler = async (req, res, user) =>
      reply(res, await sessions.revokeUser(user.id, { except: req.session.handle }));
    return signedIn(services, freshly(handler, comeBackTo), comeBackTo);
  };

  router.delete(
    `${PATH}/:handle`,
    endOne((res, current) => {
      res.json({ message: current ? "You are logged out." : "The session was ended.", current });
    }),
  );
  router.post(
    `${PATH}/:handle/end`,
    endOne((res, current) => {
      res.redirect(303, current ? withNotice("/login", "logged-out") : withNotice(PATH, "session-ended"));
    }, PATH),
  );

  router.delete(
    PATH,
    endOthers((res, ended) => {
      res.json({ message: "All your other sessions were ended.", ended });
    }),
  );
  router.post(
    `${PATH}/end-others`,
    endOthers((res) => res.redirect(303, withNotice(PATH, "others-ended")), PATH),
  );
  return router;
}

/** This device first, then the most recently used. */
async function rowsOf({ sessions }: Services, req: Request, user: User): Promise<SessionRow[]> {
  const listed = await sessions.list(user.id, { current: req.session.handle });
  return listed
    .map((session) => {
      const { handle, current, remembered, client, deviceBound = null } = session;
      const { createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt } = session;
      const { browser, system, form } = describeClient(client.userAgent);
      const times = { createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt };
      return { handle, current, remembered, browser, system, form, ip: client.ip, ...times, deviceBound };
    })
    .sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
}
