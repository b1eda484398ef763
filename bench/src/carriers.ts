/**
 * What a library's middleware runs in: a plain `node:http` server, or Express.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { Handler, Middleware } from "./contenders/contender.ts";
import type { Respond } from "./exchange.ts";
import type { SessionRequest } from "./scenarios.ts";

export const CARRIERS = ["node:http", "express"] as const;
export type CarrierName = (typeof CARRIERS)[number];

/** A server with a library's middleware in front of its one handler. */
export function serve(handler: Handler, middleware: Middleware, carrier: CarrierName = "node:http"): Respond {
  if (carrier === "express") {
    const app = express();
    app.use(middleware);
    app.use((req: IncomingMessage, res: ServerResponse) => handler(req as SessionRequest, res));
    return app;
  }
  return (req, res) => {
    middleware(req, res, (error) => {
      if (error !== undefined) throw error;
      // The middleware has put a session on the request.
      handler(req as SessionRequest, res);
    });
  };
}

/** The same server without a library. */
export function serveBare(handler: Respond, carrier: CarrierName): Respond {
  if (carrier === "node:http") return handler;
  const app = express();
  app.use(handler);
  return app;
}
