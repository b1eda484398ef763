/**
 * How a reply is intercepted and `req.session` appears, at the least cost for each kind of server.
 *
 * Under Express the hooks stand once on the prototypes that all apps of one Express inherit from: adding properties to
 * each `req` and `res` costs microseconds there, and an app's own prototypes come and go as a request passes from app to
 * app. On bare `node:http` (and HTTP/2's compatible API) the functions are put on the request and response themselves;
 * they are shared, so that all requests keep one hidden class.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange, ReplyFunctionName, ReplyFunctions } from "./exchange.ts";

/** What stands behind `req.session`. */
export interface Attached {
  readonly exchange: Exchange;
  /** The innermost session; `undefined` once destroyed. */
  readonly session: unknown;
  readonly sessionID: string | undefined;
  /** `req.session = value` */
  assign(value: unknown): void;
  /** True once the reply must be intercepted. */
  readonly engaged: boolean;
}

const attachments = new WeakMap<IncomingMessage, Attached>();

export function attachmentOf(req: IncomingMessage): Attached | undefined {
  return attachments.get(req);
}

/** Makes `req.session` work; the reply is intercepted once {@link Attached.engaged}, or after {@link hookReply}. */
export function attach(req: IncomingMessage, attached: Attached): void {
  attachments.set(req, attached);
  if (!isOnPrototype(req)) Object.defineProperties(req, accessors);
}

const accessors: PropertyDescriptorMap = {
  session: {
    configurable: true,
    enumerable: true,
    get(this: IncomingMessage): unknown {
      return attachments.get(this)?.session;
    },
    set(this: IncomingMessage, value: unknown): void {
      assign(this, "session", value);
    },
  },
  sessionID: {
    configurable: true,
    enumerable: true,
    get(this: IncomingMessage): unknown {
      return attachments.get(this)?.sessionID;
    },
    set(this: IncomingMessage, value: unknown): void {
      assign(this, "sessionID", value);
    },
  },
};

function assign(req: IncomingMessage, name: "session" | "sessionID", value: unknown): void {
  const attached = attachments.get(req);
  if (attached !== undefined && name === "session") attached.assign(value);
  // A request of the same app that has no session of ours: the property is whoever's assigns it.
  else if (attached === undefined) {
    Object.defineProperty(req, name, { value, configurable: true, enumerable: true, writable: true });
  }
}

// ——— the reply ———

const NAMES = ["writeHead", "write", "end", "flushHeaders"] as const satisfies readonly ReplyFunctionName[];

const hooked = new WeakMap<ServerResponse, ReplyFunctions>();

/**
 * Makes sure that this response is intercepted; a second call does nothing.
 *
 * Functions that another middleware has put on the response may have captured what lay beneath our hooks on the
 * prototype before those stood there: then ours go on top, and those on the prototype stand aside.
 */
export function hookReply(res: ServerResponse): void {
  if (hooked.has(res)) return;
  if (HOOKED in res && !Object.hasOwn(res, "end") && !Object.hasOwn(res, "write")) return;
  const { writeHead, write, end, flushHeaders } = res;
  hooked.set(res, { writeHead, write, end, flushHeaders });
  Object.assign(res, sharedHooks);
}

const sharedHooks = {
  writeHead(this: ServerResponse, ...args: unknown[]): unknown {
    return interceptOwn(this, "writeHead", args);
  },
  write(this: ServerResponse, ...args: unknown[]): unknown {
    return interceptOwn(this, "write", args);
  },
  end(this: ServerResponse, ...args: unknown[]): unknown {
    return interceptOwn(this, "end", args);
  },
  flushHeaders(this: ServerResponse, ...args: unknown[]): unknown {
    return interceptOwn(this, "flushHeaders", args);
  },
};

function interceptOwn(res: ServerResponse, name: ReplyFunctionName, args: readonly unknown[]): unknown {
  const original = hooked.get(res) ?? Object.getPrototypeOf(res);
  const attached = attachments.get(res.req);
  if (attached === undefined) return Reflect.apply(original[name], res, args);
  return attached.exchange.intercept(original, name, args);
}

// ——— Express ———

/** The part of an Express app that is used here. */
interface ExpressApp {
  readonly request: object;
  readonly response: object;
}

/** Marks Express's response prototype. */
const HOOKED = Symbol("holdfast");

/** The `request` prototypes of apps that inherit our accessors. */
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
 * Puts the hooks on Express's prototypes, once. On the very first request an earlier middleware may have captured the
 * functions beneath already; that request is hooked on its own.
 */
export function prepareExpress(app: ExpressApp, res: ServerResponse): void {
  if (prepared.has(app.request)) return;
  prepared.add(app.request);
  const response = baseOf(app.response);
  if (Object.hasOwn(response, HOOKED)) return;
  hookReply(res);
  Object.defineProperties(baseOf(app.request), accessors);
  Object.defineProperty(response, HOOKED, { value: true });
  for (const name of NAMES) {
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
    const attached = attachments.get(this.req);
    if (attached === undefined || !attached.engaged || hooked.has(this)) {
      return Reflect.apply(original[name], this, args);
    }
    return attached.exchange.intercept(original, name, args);
  };
}

function isOnPrototype(req: IncomingMessage): boolean {
  return prepared.has(Object.getPrototypeOf(req));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
