import { Router } from "express";
import { network } from "../accounts/login-throttle.ts";
import { passwordProblem, usernameProblem } from "../accounts/rules.ts";
import { currentUser } from "../http/current-user.ts";
import { field } from "../http/fields.ts";
import { wantsJson } from "../http/negotiate.ts";
import { Problem, tooManyAttempts } from "../http/problem.ts";
import { refuseForm } from "../http/refuse-form.ts";
import { safeReturnTo } from "../http/return-to.ts";
import type { Services } from "../services.ts";
import { sendPage } from "../views/send.ts";
import { signupPage } from "../views/signup.ts";

/** `GET|POST /signup`: a new account, logged in at once. */
export function signupRoutes(services: Services): Router {
  const { users, passwords, signupThrottle, clock, log } = services;
  const router = Router();

  router.get("/signup", (req, res) => {
    if (wantsJson(req)) {
      res.json({ fields: ["username", "password"] });
    } else if (currentUser(services, req)) {
      res.redirect(303, "/dashboard");
    } else {
      sendPage(res, signupPage({ returnTo: safeReturnTo(req.query.returnTo) }), {});
    }
  });

  router.post("/signup", async (req, res) => {
    const username = field(req, "username").trim();
    const password = field(req, "password");
    const returnTo = safeReturnTo(field(req, "returnTo"));
    const refuse = (problem: Problem): void =>
      refuseForm(req, res, problem, signupPage({ username, returnTo, problem }));

    const name = usernameProblem(username);
    if (name !== undefined) return refuse(new Problem(400, "ERR_USERNAME", name));
    const weak = passwordProblem(password, username);
    if (weak !== undefined) return refuse(new Problem(400, "ERR_PASSWORD", weak));
    const wait = signupThrottle.take(network(req.ip));
    if (wait > 0) return refuse(tooManyAttempts(wait));

    const taken = new Problem(409, "ERR_USERNAME_TAKEN", "That username is taken. Choose another one.");
    if (users.findByName(username)) return refuse(taken);
    const user = users.create(username, await passwords.hash(password), clock.now());
    if (!user) return refuse(taken); // somebody was faster

    await req.session.signIn(user.id, { keep: ["visits"], methods: ["pwd"] });
    log.info("account created", { user: user.id });
    if (wantsJson(req)) res.status(201).json({ message: `Welcome, ${user.name}!`, user: user.name });
    else res.redirect(303, returnTo);
  });
  return router;
}
