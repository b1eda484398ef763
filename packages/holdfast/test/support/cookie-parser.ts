// @ts-expect-error: the package brings no types
import untyped from "cookie-parser";
import type { RequestHandler } from "express";

export const cookieParser: (secret?: string) => RequestHandler = untyped;
