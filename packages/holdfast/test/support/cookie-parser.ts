import { createRequire } from "node:module";
import type { RequestHandler } from "express";

/** The package, which brings no types. */
export const cookieParser: (secret?: string) => RequestHandler = createRequire(import.meta.url)(
  "cookie-parser",
);
