import { type Request, type Response, Router } from "express";
import { nameKey } from "../accounts/rules.ts";
import type { User } from "../accounts/users.ts";
import { currentUser, limitsOf } from "../http/current-user.ts";
import { field, ticked } from "../http/fields.ts";
import { wantsJson } from "../http/negotiate.ts";
import { requestedNotice, withNotice } from "../http/notices.ts";
import { Problem, tooManyAttempts } from "../http/problem.ts";
import { refuseForm } from "../http/refuse-form.ts";
import { safeReturnTo } from "../http/return-to.ts";
import type { Services } from "../services.ts";
import { loginPage } from "../views/login.ts";
import { sendPage } from "../views/send.ts";

/** `GET|POST /login`, `POST /logout`. */
export function loginRoutes(services: Services): Router {
  const { log } = services;
  const router = Router();

  router.get("/login", (req, res) => {
    if (wantsJson(req)) {
      res.json({ fields: ["username", "password", "remember"] });
    } else if (currentUser(services, req)) {
      res.redirect(303, safeReturnTo(req.query.returnTo));
    } else {
      const returnTo = safeReturnTo(req.query.returnTo);
      sendPage(res, loginPage({ returnTo, limits: limitsOf(services) }), { notice: requestedNotice(req) });
    }
  });

  router.post("/login", async (req, res) => {
    const username = field(req, "username").trim();
    const returnTo = safeReturnTo(field(req, "returnTo"));
    const remember = ticked(req, "remember");
    const outcome = await checkCredentials(services, req, username, field(req, "password"));
    if (outcome instanceof Problem) {
      log.warn("login refused", { code: outcome.code, ip: req.ip });
      const form = { username, returnTo, remember, limits: limitsOf(services), problem: outcome };
      return refuseForm(req, res, outcome, loginPage(form));
    }
    // Called in the same turn as the last look at the password: a change of password after that look also ends
    // the session that begins here.
    await req.session.signIn(outcome.id, { keep: ["visits"], methods: ["pwd"], remember });
    if (wantsJson(req)) res.json({ message: `Welcome back, ${outcome.name}!`, user: outcome.name });
    else res.redirect(303, returnTo);
  });

  router.post("/logout", async (req: Request, res: Response) => {
    await req.session.signOut();
    if (wantsJson(req)) res.json({ message: "You are logged out." });
    else res.redirect(303, withNotice("/login", "logged-out"));
  });
  return router;
}

/** The user, or why not: the same words and the same work for an unknown name and a wrong password. */
async function checkCredentials(
  { users, passwords, loginThrottle }: Services,
  req: Request,
  username: string,
  password: string,
): Promise<User | Problem> {
  const key = nameKey(username);
  const wait = loginThrottle.take(key, req.ip);
  if (wait > 0) return tooManyAttempts(wait);
  const user = users.findByName(username);
  const right = await passwords.verify(password, user?.passwordHash);
  // Hashing took its time: the password may have been changed meanwhile.
  const now = user && users.find(user.id);
  if (!right || !now || now.passwordHash !== user.passwordHash) {
    return new Problem(401, "ERR_WRONG_CREDENTIALS", "Wrong username or password.");
  }
  loginThrottle.succeeded(key, req.ip);
  return now;
}
