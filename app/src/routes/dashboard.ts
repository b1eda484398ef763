import { Router } from "express";
import { aroundPage } from "../http/around.ts";
import { signedIn } from "../http/current-user.ts";
import { wantsJson } from "../http/negotiate.ts";
import type { Services } from "../services.ts";
import { dashboardPage } from "../views/dashboard.ts";
import { sendPage } from "../views/send.ts";

/** `GET /dashboard`: for people who are logged in. */
export function dashboardRoutes(services: Services): Router {
  const router = Router();
  router.get(
    "/dashboard",
    signedIn(services, async (req, res, user) => {
      const message = `Welcome back, ${user.name}!`;
      if (wantsJson(req)) {
        res.vary("Accept").json({ message, user: user.name });
        return;
      }
      const page = dashboardPage({ message, session: req.session, visits: req.session.visits ?? 0 });
      sendPage(res, page, await aroundPage(services, req, user));
    }),
  );
  return router;
}
