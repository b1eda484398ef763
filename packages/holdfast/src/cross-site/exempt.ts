/**
 * Which requests a defence leaves alone.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { HoldfastError } from "../errors.ts";
import { guardedCall } from "./guarded-call.ts";

/** Paths, compared exactly and without query, or a function that is true for what is left alone; one that throws leaves nothing alone. */
export type Exempt = readonly string[] | ((req: IncomingMessage) => boolean);

const NONE = (): boolean => false;

/**
 * @param owner - who has the option `exempt`, as messages name it
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`
 */
export function exemption(owner: string, exempt: unknown): (req: IncomingMessage) => boolean {
  if (exempt === undefined) return NONE;
  // Only `true` exempts: a promise would be true of everything.
  if (typeof exempt === "function")
    return (req) => guardedCall(`${owner}: \`exempt\``, exempt, () => exempt(req)) === true;
  if (Array.isArray(exempt) && exempt.every((path) => typeof path === "string" && /^\/[^?#]*$/.test(path))) {
    const paths: ReadonlySet<string> = new Set(exempt);
    return (req) => paths.has(pathOf(req));
  }
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    `${owner}: \`exempt\` must be a list of paths, such as ["/webhook"], or a function of the request.`,
  );
}

function pathOf(req: IncomingMessage): string {
  // Within a router Express shortens `url`.
  const url = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : (req.url ?? "");
  return url.split("?", 1)[0] ?? "";
}
