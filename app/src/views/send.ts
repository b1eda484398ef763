import type { Response } from "express";
import type { User } from "../accounts/users.ts";
import type { Notice } from "../http/notices.ts";
import { type Page, renderLayout } from "./layout.ts";

/** Sends a page in the common frame, with the status set before. */
export function sendPage(
  res: Response,
  page: Page,
  around: { user?: User | undefined; notice?: Notice | undefined },
): void {
  res.vary("Accept").type("text/html").send(renderLayout(page, around));
}
