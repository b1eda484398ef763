import { Router } from "express";
import { passwordProblem } from "../accounts/rules.ts";
import { aroundForm, aroundPage } from "../http/around.ts";
import { signedIn } from "../http/current-user.ts";
import { field } from "../http/fields.ts";
import { wantsJson } from "../http/negotiate.ts";
import { withNotice } from "../http/notices.ts";
import { Problem, tooManyAttempts } from "../http/problem.ts";
import { refuseForm } from "../http/refuse-form.ts";
import type { Services } from "../services.ts";
import { passwordPage } from "../views/password.ts";
import { sendPage } from "../views/send.ts";

const PATH = "/account/password";

/**
 * `GET|POST /account/password`: fields `current` and `next`. Ends every other session of the user. The current password
 * proves who is asking, so no further confirmation is asked for (ASVS 7.5.1).
 */
export function passwordRoutes(services: Services): Router {
  const { users, passwords, sessions, passwordThrottle, log } = services;
  const router = Router();

  router.get(
    PATH,
    signedIn(services, async (req, res, user) => {
      if (wantsJson(req)) res.json({ fields: ["current", "next"] });
      else sendPage(res, passwordPage({ username: user.name }), await aroundPage(services, req, user));
    }),
  );

  router.post(
    PATH,
    signedIn(services, async (req, res, user) => {
      const current = field(req, "current");
      const next = field(req, "next");
      const refuse = (problem: Problem): void =>
        refuseForm(
          req,
          res,
          problem,
          passwordPage({ username: user.name, problem }),
          aroundForm(services, user),
        );

      const weak = passwordProblem(next, user.name);
      if (weak !== undefined) return refuse(new Problem(400, "ERR_PASSWORD", weak));
      if (next === current) {
        return refuse(new Problem(400, "ERR_PASSWORD", "The new password must differ from the current one."));
      }
      const wait = passwordThrottle.take(user.id);
      if (wait > 0) return refuse(tooManyAttempts(wait));
      const wrong = new Problem(401, "ERR_WRONG_PASSWORD", "The current password is not right.");
      if (!(await passwords.verify(current, user.passwordHash))) return refuse(wrong);
      if (!users.changePassword(user, await passwords.hash(next))) return refuse(wrong);
      passwordThrottle.clear(user.id);

      // A new id here too, so that a copy of this session's cookie is worth nothing any more (ASVS 7.2.4, 7.4.3).
      const remember = req.session.cookie.originalMaxAge !== null;
      await req.session.signIn(user.id, { methods: ["pwd"], remember });
      const ended = await sessions.revokeUser(user.id, { except: req.session.handle });
      log.info("password changed", { user: user.id, ended });
      if (wantsJson(req)) res.json({ message: "Your password was changed.", ended });
      else res.redirect(303, withNotice("/dashboard", "password-changed"));
    }),
  );
  return router;
}
