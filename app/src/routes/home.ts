import { Router } from "express";
import { aroundPage } from "../http/around.ts";
import { currentUser } from "../http/current-user.ts";
import { wantsJson } from "../http/negotiate.ts";
import type { Services } from "../services.ts";
import { homePage } from "../views/home.ts";
import { sendPage } from "../views/send.ts";

/** `GET /`: counts visits, for everybody. */
export function homeRoutes(services: Services): Router {
  const router = Router();
  router.get("/", async (req, res) => {
    // Atomic: two tabs opened at once count twice.
    await req.session.update((session) => {
      session.visits = (session.visits ?? 0) + 1;
    });
    const visits = req.session.visits ?? 1;
    const message =
      visits === 1 ? "Welcome to this page for the first time!" : `You visited this page ${visits} times`;
    if (wantsJson(req)) {
      res.vary("Accept").json({ message, visits });
      return;
    }
    const user = currentUser(services, req);
    sendPage(res, homePage({ message, user }), user ? await aroundPage(services, req, user) : {});
  });
  return router;
}
