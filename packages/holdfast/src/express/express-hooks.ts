/**
 * How a reply is intercepted, and `req.session` appears, under Express: once for all, on the prototypes that all apps
 * of one Express inherit from. Adding properties to each `req` and `res` costs microseconds there, and an app's own
 * prototypes come and go as a request passes from app to app.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { accessors } from "./attachment.ts";
import type { ReplyFunctionName, ReplyFunctions } from "./exchange.ts";
import { hookOver, intercept, isHookedOver, REPLY_FUNCTIONS } from "./reply-hooks.ts";

/** The part of an Express app that is used here. */
interface ExpressApp {
  readonly request: object;
  readonly response: object;
}

/** The `request` prototypes of apps that inherit our accessors, and the `response` prototypes that carry our hooks. */
const prepared = new WeakSet<object>();

/** The Express app that handles this request, if one does. */
export function expressAppOf(req: IncomingMessage): ExpressApp | undefined {
  if (!("app" in req)) return undefined;
  const { app } = req;
  if (typeof app !== "function" || !("request" in app) || !("response" in app)) return undefined;
  const { request, response } = app;
  return isObject(request) && isObject(response) ? { request, response } : undefined;
}

/**
 * Sees to it that this reply is intercepted, and that `req.session` works for this and all later requests.
 *
 * What an earlier middleware has put on the response may have captured the functions beneath the hooks before those
 * stood there. On such a response, and on the very first, ours go on top, and those on the prototype stand aside.
 *
 * @param hooked - true if another session hangs on the request, whose middleware has seen to it
 */
export function hookExpressReply(app: ExpressApp, res: ServerResponse, hooked: boolean): void {
  if (!hooked && (!isPrepared(app) || isReplaced(res))) hookOver(res);
  if (!prepared.has(app.request)) prepare(app);
}

function isReplaced(res: ServerResponse): boolean {
  return Object.hasOwn(res, "end") || Object.hasOwn(res, "write");
}

function isPrepared({ request, response }: ExpressApp): boolean {
  return prepared.has(request) || prepared.has(baseOf(response));
}

function prepare(app: ExpressApp): void {
  prepared.add(app.request);
  const response = baseOf(app.response);
  if (prepared.has(response)) return;
  prepared.add(response);
  Object.defineProperties(baseOf(app.request), accessors);
  for (const name of REPLY_FUNCTIONS) {
    Object.defineProperty(response, name, {
      configurable: true,
      writable: true,
      value: prototypeHook(response, name),
    });
  }
}

/** The last prototype before those of Node's own classes. */
function baseOf(prototype: object): object {
  const above: object | null = Object.getPrototypeOf(prototype);
  return above === null || Object.hasOwn(above, "constructor") ? prototype : baseOf(above);
}

function prototypeHook(prototype: object, name: ReplyFunctionName): (...args: unknown[]) => unknown {
  return function (this: ServerResponse, ...args: unknown[]): unknown {
    // Looked up at each call: tracing tools replace Node's own functions at any time.
    const original: ReplyFunctions = Object.getPrototypeOf(prototype);
    if (isHookedOver(this)) return Reflect.apply(original[name], this, args);
    return intercept(this, original, name, args);
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
