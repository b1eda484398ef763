import { type Request, type Response, Router } from "express";
import type { User } from "../accounts/users.ts";
import { signedIn } from "../http/current-user.ts";
import { wantsJson } from "../http/negotiate.ts";
import { requestedNotice, withNotice } from "../http/notices.ts";
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
      else sendPage(res, sessionsPage(rows), { user, notice: requestedNotice(req) });
    }),
  );

  /** Ends one; true if it was the one that asked. */
  const endOne = async (req: Request, user: User): Promise<boolean> => {
    const handle = String(req.params.handle);
    if (handle === req.session.handle) {
      await req.session.signOut();
      return true;
    }
    if (await sessions.revoke(handle, { user: user.id })) return false;
    throw new Problem(404, "ERR_NO_SUCH_SESSION", "You have no such session; it may have ended already.");
  };

  const endOthers = (req: Request, user: User): Promise<number> =>
    sessions.revokeUser(user.id, { except: req.session.handle });

  router.delete(
    `${PATH}/:handle`,
    signedIn(services, async (req, res, user) => {
      const current = await endOne(req, user);
      res.json({ message: current ? "You are logged out." : "The session was ended.", current });
    }),
  );
  router.post(
    `${PATH}/:handle/end`,
    signedIn(
      services,
      async (req, res, user) => {
        const current = await endOne(req, user);
        res.redirect(303, current ? withNotice("/login", "logged-out") : withNotice(PATH, "session-ended"));
      },
      PATH,
    ),
  );

  router.delete(
    PATH,
    signedIn(services, async (req, res, user) => {
      const ended = await endOthers(req, user);
      res.json({ message: "All your other sessions were ended.", ended });
    }),
  );
  router.post(
    `${PATH}/end-others`,
    signedIn(
      services,
      async (req: Request, res: Response, user: User) => {
        await endOthers(req, user);
        res.redirect(303, withNotice(PATH, "others-ended"));
      },
      PATH,
    ),
  );
  return router;
}

/** This device first, then the most recently used. */
async function rowsOf({ sessions }: Services, req: Request, user: User): Promise<SessionRow[]> {
  const listed = await sessions.list(user.id, { current: req.session.handle });
  return listed
    .map(({ handle, createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt, current, client }) => {
      const { browser, system, form } = describeClient(client.userAgent);
      const times = { createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt };
      return { handle, current, browser, system, form, ip: client.ip, ...times };
    })
    .sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
}
