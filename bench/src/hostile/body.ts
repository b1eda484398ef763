/**
 * Bodies, read as an app's parser does: a form or JSON, 100 KiB at most, as Express's parsers have it.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";

const MOST = 100 * 1024;

/** Puts what it finds on `req.body`; then `done` gets the status of what is wrong, or nothing. */
export function readBody(req: IncomingMessage, done: (wrong?: number) => void): void {
  const length = Number(req.headers["content-length"] ?? 0);
  if (length === 0) return done();
  if (length > MOST) return done(413);
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.once("end", () => {
    const text = Buffer.concat(chunks).toString("utf8");
    try {
      Object.assign(req, { body: parsed(text, req.headers["content-type"]) });
    } catch {
      return done(400);
    }
    done();
  });
}

function parsed(text: string, type: string | undefined): unknown {
  if (type === "application/json") return JSON.parse(text);
  const fields: Record<string, string | string[]> = {};
  // A name that comes twice is a list, as with Express.
  for (const [name, value] of new URLSearchParams(text)) {
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (Array.isArray(before)) before.push(value);
    else fields[name] = before === undefined ? value : [before, value];
  }
  return fields;
}
