/**
 * Who is logged in, and handlers that need somebody to be.
 *
 * @module
 */
import type { Request, RequestHandler, Response } from "express";
import type { User } from "../accounts/users.ts";
import type { Services } from "../services.ts";
import { type LoginForm, loginPage } from "../views/login.ts";
import { sendPage } from "../views/send.ts";
import { sendProblem } from "./errors.ts";
import { isBrowser } from "./negotiate.ts";
import { Problem } from "./problem.ts";
import { safeReturnTo } from "./return-to.ts";

/** The user of the session, read anew from the users table. */
export function currentUser({ users }: Pick<Services, "users">, req: Request): User | undefined {
  const id = req.session?.userId;
  return id === undefined ? undefined : users.find(id);
}

export type UserHandler = (req: Request, res: Response, user: User) => void | Promise<void>;

/**
 * Runs `handler` for somebody logged in. Everybody else gets 401 `Please log in.`; a browser gets it as the
 * login page and comes back afterwards.
 *
 * @param comeBackTo - the page to come back to, where it is not the one asked for
 */
export function signedIn(services: Services, handler: UserHandler, comeBackTo?: string): RequestHandler {
  return (req, res) => {
    const user = currentUser(services, req);
    if (user) return handler(req, res, user);
    const problem = new Problem(401, "ERR_LOGIN_REQUIRED", "Please log in.");
    if (!isBrowser(req)) return sendProblem(req, res, problem);
    const returnTo = safeReturnTo(comeBackTo ?? req.originalUrl);
    res.status(problem.status).vary("Accept");
    sendPage(res, loginPage({ returnTo, limits: limitsOf(services) }), {
      notice: { tone: "info", text: problem.message },
    });
  };
}

/** How long a login lasts, for the form that offers to remember it. */
export function limitsOf({ sessions }: Pick<Services, "sessions">): LoginForm["limits"] {
  const { idle, absolute } = sessions.policy().limits;
  return { idleMs: idle.ms, absoluteMs: absolute.ms };
}
