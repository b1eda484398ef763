import type { RequestHandler } from "express";
import type { Services } from "../services.ts";

/** One `debug` line per request: method, path without its query, status, milliseconds. */
export function accessLog({ log, clock }: Pick<Services, "log" | "clock">): RequestHandler {
  return (req, res, next) => {
    const began = clock.now();
    const { method, path } = req;
    res.once("close", () => {
      const status = res.writableFinished ? res.statusCode : "aborted";
      log.debug("request", { method, path, status, ms: clock.now() - began });
    });
    next();
  };
}
