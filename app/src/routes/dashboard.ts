import { Router } from "express";
import { signedIn } from "../http/current-user.ts";
import { wantsJson } from "../http/negotiate.ts";
import { requestedNotice } from "../http/notices.ts";
import type { Services } from "../services.ts";
import { dashboardPage } from "../views/dashboard.ts";
import { sendPage } from "../views/send.ts";

/** `GET /dashboard`: for people who are logged in. */
export function dashboardRoutes(services: Services): Router {
  const router = Router();
  router.get(
    "/dashboard",
    signedIn(services, (req, res, user) => {
      const message = `Welcome back, ${user.name}!`;
      if (wantsJson(req)) {
        res.vary("Accept").json({ message, user: user.name });
        return;
      }
      sendPage(res, dashboardPage({ message, session: req.session, visits: req.session.visits ?? 0 }), {
        user,
        notice: requestedNotice(req),
      });
    }),
  );
  return router;
}
