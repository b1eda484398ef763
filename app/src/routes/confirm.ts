import { Router } from "express";
import { isFresh } from "holdfast/guards";
import type { User } from "../accounts/users.ts";
import { aroundForm } from "../http/around.ts";
import { signedIn } from "../http/current-user.ts";
import { field } from "../http/fields.ts";
import { CONFIRM_PATH, FRESH } from "../http/fresh.ts";
import { wantsJson } from "../http/negotiate.ts";
import { Problem, tooManyAttempts } from "../http/problem.ts";
import { refuseForm } from "../http/refuse-form.ts";
import { safeReturnTo } from "../http/return-to.ts";
import type { Services } from "../services.ts";
import { confirmPage } from "../views/confirm.ts";
import { sendPage } from "../views/send.ts";

/** `GET|POST /confirm`: field `password`. Somebody who is logged in shows again who they are, and gets a new id. */
export function confirmRoutes(services: Services): Router {
  const router = Router();

  router.get(
    CONFIRM_PATH,
    signedIn(services, (req, res, user) => {
      const returnTo = safeReturnTo(req.query.returnTo);
      if (wantsJson(req)) res.json({ fields: ["password"] });
      else if (isFresh(req.session, FRESH)) res.redirect(303, returnTo);
      else sendPage(res, confirmPage({ username: user.name, returnTo }), aroundForm(services, user));
    }),
  );

  router.post(
    CONFIRM_PATH,
    signedIn(services, async (req, res, user) => {
      const returnTo = safeReturnTo(field(req, "returnTo"));
      const problem = await checkPassword(services, user, field(req, "password"));
      if (problem) {
        services.log.warn("confirmation refused", { code: problem.code, user: user.id, ip: req.ip });
        const page = confirmPage({ username: user.name, returnTo, problem });
        return refuseForm(req, res, problem, page, aroundForm(services, user));
      }
      await req.session.elevate({ methods: ["pwd"] });
      if (wantsJson(req)) res.json({ message: "Thank you.", authenticatedAt: req.session.authenticatedAt });
      else res.redirect(303, returnTo);
    }),
  );
  return router;
}

/** Why not, if so. Counted with the tries of the current password where a new one is set: there is one to guess. */
async function checkPassword(
  { users, passwords, passwordThrottle }: Services,
  user: User,
  password: string,
): Promise<Problem | undefined> {
  const wait = passwordThrottle.take(user.id);
  if (wait > 0) return tooManyAttempts(wait);
  const right = await passwords.verify(password, user.passwordHash);
  // Hashing took its time: the password may have been changed meanwhile.
  if (!right || users.find(user.id)?.passwordHash !== user.passwordHash) {
    return new Problem(401, "ERR_WRONG_PASSWORD", "The password is not right.");
  }
  passwordThrottle.clear(user.id);
  return undefined;
}
