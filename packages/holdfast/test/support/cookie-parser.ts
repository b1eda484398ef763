import { createRequire } from "node:module";
import type { RequestHandler } from "express";

const require = createRequire(import.meta.url);

/** The package, which brings no types. */
export const cookieParser: (secret?: string) => RequestHandler = require("cookie-parser");
