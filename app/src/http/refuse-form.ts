import type { Request, Response } from "express";
import type { Around, Page } from "../views/layout.ts";
import { sendPage } from "../views/send.ts";
import { sendProblem } from "./errors.ts";
import { wantsJson } from "./negotiate.ts";
import type { Problem } from "./problem.ts";

/** A form that was not accepted: shown again with the reason, or the reason alone to a program. */
export function refuseForm(
  req: Request,
  res: Response,
  problem: Problem,
  page: Page,
  around: Around = {},
): void {
  if (wantsJson(req)) return sendProblem(req, res, problem);
  if (problem.retryAfter !== undefined) res.set("Retry-After", String(problem.retryAfter));
  res.status(problem.status);
  sendPage(res, page, around);
}
