import type { Response } from "express";
import { type Around, type Page, renderLayout } from "./layout.ts";

/** Sends a page in the common frame, with the status set before. */
export function sendPage(res: Response, page: Page, around: Around): void {
  res.vary("Accept").type("text/html").send(renderLayout(page, around));
}
