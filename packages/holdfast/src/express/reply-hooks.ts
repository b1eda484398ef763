/**
 * How a reply is intercepted on bare `node:http` and HTTP/2's compatible API: by functions on the response itself. They
 * are shared, so that all responses keep one hidden class.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { attachmentOf } from "./attachment.ts";
import type { ReplyFunctionName, ReplyFunctions } from "./exchange.ts";

export const REPLY_FUNCTIONS: readonly ReplyFunctionName[] = ["writeHead", "write", "end", "flushHeaders"];

/**
 * Intercepts a reply of bare `node:http`, before the app has looked at its session: in `res.end(req.session.name)` the
 * function is fetched first, and its argument after it.
 */
export function hookReply(res: ServerResponse): void {
  // A stand-in, which Socket.IO's engine gives to a request for a WebSocket: it sends nothing, so nothing could wait.
  if (typeof res.getHeaders !== "function") return;
  if (isUntouched(res, Object.getPrototypeOf(res))) put(hooksOverPrototype, res);
  else hookOver(res);
}

// False where another middleware has been. Spelt out, for every request comes by.
function isUntouched(res: ServerResponse, prototype: ReplyFunctions): boolean {
  return (
    res.end === prototype.end &&
    res.write === prototype.write &&
    res.writeHead === prototype.writeHead &&
    res.flushHeaders === prototype.flushHeaders
  );
}

/** What lay beneath the hooks of a response, where it is not its prototype's. */
const beneath = new WeakMap<ServerResponse, ReplyFunctions>();

/** Puts the hooks on top of whatever functions the response has now. */
export function hookOver(res: ServerResponse): void {
  const { writeHead, write, end, flushHeaders } = res;
  beneath.set(res, { writeHead, write, end, flushHeaders });
  put(hooksOverFunctions, res);
}

/** True after {@link hookOver}. */
export function isHookedOver(res: ServerResponse): boolean {
  return beneath.has(res);
}

function put(hooks: ReplyFunctions, res: ServerResponse): void {
  res.writeHead = hooks.writeHead;
  res.write = hooks.write;
  res.end = hooks.end;
  res.flushHeaders = hooks.flushHeaders;
}

// Looked up at each call: tracing tools replace Node's own functions at any time.
const hooksOverPrototype = hooksOver((res) => Object.getPrototypeOf(res));
const hooksOverFunctions = hooksOver((res) => beneath.get(res) ?? Object.getPrototypeOf(res));

function hooksOver(originalOf: (res: ServerResponse) => ReplyFunctions): ReplyFunctions {
  return {
    writeHead(this: ServerResponse, ...args: unknown[]): ServerResponse {
      return intercept(this, originalOf(this), "writeHead", args) as ServerResponse;
    },
    write(this: ServerResponse, ...args: unknown[]): boolean {
      return intercept(this, originalOf(this), "write", args) as boolean;
    },
    end(this: ServerResponse, ...args: unknown[]): ServerResponse {
      return intercept(this, originalOf(this), "end", args) as ServerResponse;
    },
    flushHeaders(this: ServerResponse): void {
      intercept(this, originalOf(this), "flushHeaders", []);
    },
  };
}

/** A call of `res[name](...args)` that has met a hook; `original` is what lies beneath it. */
export function intercept(
  res: ServerResponse,
  original: ReplyFunctions,
  name: ReplyFunctionName,
  args: readonly unknown[],
): unknown {
  const attached = attachmentOf(res.req);
  if (attached === undefined) return Reflect.apply(original[name], res, args);
  if (attached.engaged) {
    const { exchange } = attached;
    exchange.innermost = attached;
    return attached.passing
      ? exchange.interceptWithin(original, name, args)
      : exchange.intercept(original, name, args);
  }
  attached.passing = true;
  try {
    return Reflect.apply(original[name], res, args);
  } finally {
    attached.passing = false;
  }
}
