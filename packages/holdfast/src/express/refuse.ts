import type { ServerResponse } from "node:http";
import { HoldfastError } from "../errors.ts";
import type { ReplyFunctions } from "./exchange.ts";

/**
 * Replies with an error, without the app's help: the status, one sentence, nothing else. The sentence of a 4xx or 503
 * says what to do; others are the app's own trouble and stay in its log (ASVS 16.5.1).
 */
export function refuse(res: ServerResponse, original: ReplyFunctions, error: unknown): void {
  const status = statusOf(error);
  const told = error instanceof HoldfastError && status !== 500;
  const body = `${told ? error.message : "Internal Server Error"}\n`;
  res.statusCode = status;
  res.setHeader("Content-Type", "text/plain; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(body));
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("X-Content-Type-Options", "nosniff");
  if (error instanceof HoldfastError) {
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
  }
  Reflect.apply(original.end, res, [body]);
}

/** The status that a reply about this error should have. */
export function statusOf(error: unknown): number {
  return error instanceof HoldfastError ? error.status : 500;
}
