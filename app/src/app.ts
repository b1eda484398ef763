/**
 * The application, without ports, files or signals: everything it needs is passed in.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import express, { type Express, type RequestHandler, type Router } from "express";
import { cookiePolicy, crossOrigin, type Defence, resourceIsolation } from "holdfast/defence";
import { accessLog } from "./http/access-log.ts";
import { errorHandler, notFound } from "./http/errors.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { confirmRoutes } from "./routes/confirm.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { homeRoutes } from "./routes/home.ts";
import { loginRoutes } from "./routes/login.ts";
import { operatorRoutes } from "./routes/operator.ts";
import { operatorEventRoutes } from "./routes/operator-events.ts";
import { passwordRoutes } from "./routes/password.ts";
import { sessionApiRoutes } from "./routes/session-api.ts";
import { sessionsRoutes } from "./routes/sessions.ts";
import { signupRoutes } from "./routes/signup.ts";
import type { Services } from "./services.ts";

/** Scripts, styles and icons; the same place seen from `src/` and from `dist/`. */
const PUBLIC_DIRECTORY = fileURLToPath(new URL("../public", import.meta.url));

/** No form of ours is longer than a few hundred bytes. */
const BODY_LIMIT = "8kb";

/** @param secure - what keeps the app to HTTPS */
export function createApp(services: Services, secure: Defence): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag"); // pages are never stored, so there is nothing to revalidate
  app.use(secure, securityHeaders(), cookiePolicy());
  app.use(sayWhichWorker(services));

  // Before the sessions: neither has any use for one.
  app.get("/healthz", async (_req, res) => {
    const { status } = await services.sessions.health();
    res.set("Cache-Control", "no-store");
    // Whoever may ask is told whether to send requests here, and nothing else.
    if (status === "unavailable") res.status(503).json({ status });
    else res.json({ status: "ok" });
  });
  app.use(
    "/assets",
    express.static(PUBLIC_DIRECTORY, { index: false, cacheControl: false, setHeaders: revalidate }),
  );

  app.use(accessLog(services));
  app.use(pages(services));
  app.use(errorHandler(services));
  return app;
}

/** Everything with a session. */
function pages(services: Services): Router {
  const router = express.Router();
  router.use((_req, res, next) => {
    // Pages say who is logged in: no cache keeps one, and Back after logging out asks again (ASVS 14.3.2).
    res.set("Cache-Control", "no-store");
    next();
  });
  router.use(services.sessions);
  // A login form that another site sends would log a visitor in to somebody else's account.
  router.use(crossOrigin({ origin: services.origins }), resourceIsolation());
  router.use(express.urlencoded({ extended: false, limit: BODY_LIMIT }), express.json({ limit: BODY_LIMIT }));

  router.use(homeRoutes(services));
  router.use(signupRoutes(services));
  router.use(loginRoutes(services));
  router.use(dashboardRoutes(services));
  router.use(sessionApiRoutes(services));
  router.use(sessionsRoutes(services));
  router.use(passwordRoutes(services));
  router.use(confirmRoutes(services));
  router.use(operatorRoutes(services));
  router.use(operatorEventRoutes(services));

  router.use(notFound);
  return router;
}

/** Which of several processes has answered: for developers and tests, nobody's business elsewhere. */
function sayWhichWorker({ worker }: Services): RequestHandler {
  if (worker === undefined || process.env.NODE_ENV === "production") return (_req, _res, next) => next();
  return (_req, res, next) => {
    res.set("X-Worker", String(worker));
    next();
  };
}

function revalidate(res: express.Response): void {
  res.set("Cache-Control", "no-cache");
}
