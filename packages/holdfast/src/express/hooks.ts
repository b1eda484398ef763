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
import type { Exchange, ReplyFunctionName, ReplyFunctions, ReplyParticipant } from "./exchange.ts";

/** What stands behind `req.session`. */
export interface Attached extends ReplyParticipant {
  readonly exchange: Exchange;
  /** The innermost session; `undefined` once destroyed. */
  readonly session: unknown;
  readonly sessionID: string | undefined;
  /** `req.session = value` */
  assign(value: unknown): void;
  /** True once the reply must be intercepted. */
  readonly engaged: boolean;
  /** True while a call goes through that did not have to be. */
  passing: boolean;
}

/** Returns what it is given, so that a derived class puts its private fields on an object made elsewhere. */
class Foreign {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is the point
    return object;
  }
}

/**
 * A private field on the request: no other code sees it and no log shows it, and it costs next to nothing, where an entry
 * in a WeakMap keeps each request alive until a full garbage collection.
 */
class Request extends Foreign {
  #attached: Attached;

  private constructor(req: IncomingMessage, attached: Attached) {
    super(req);
    this.#attached = attached;
  }

  static attach(req: IncomingMessage, attached: Attached): void {
    if (#attached in req) (req as Request).#attached = attached;
    else new Request(req, attached);
  }

  static attachmentOf(req: object): Attached | undefined {
    return #attached in req ? (req as Request).#attached : undefined;
  }
}

export function attachmentOf(req: IncomingMessage): Attached | undefined {
  return Request.attachmentOf(req);
}

/**
 * Makes `req.session` work; its reply is intercepted once {@link Attached.engaged}.
 *
 * @param prepared - true if the request's prototypes have our accessors, as {@link prepareExpress} sees to
 */
export function attach(req: IncomingMessage, attached: Attached, prepared: boolean): void {
  Request.attach(req, attached);
  if (prepared) return;
  // One by one: `defineProperties` takes twice as long.
  Object.defineProperty(req, "session", accessors.session);
  Object.defineProperty(req, "sessionID", accessors.sessionID);
}

const accessors = {
  session: {
    configurable: true,
    enumerable: true,
    get(this: IncomingMessage): unknown {
      return Request.attachmentOf(this)?.session;
    },
    set(this: IncomingMessage, value: unknown): void {
      assign(this, "session", value);
    },
  },
  sessionID: {
    configurable: true,
    enumerable: true,
    get(this: IncomingMessage): unknown {
      return Request.attachmentOf(this)?.sessionID;
    },
    set(this: IncomingMessage, value: unknown): void {
      assign(this, "sessionID", value);
    },
  },
};

function assign(req: IncomingMessage, name: "session" | "sessionID", value: unknown): void {
  const attached = Request.attachmentOf(req);
  if (attached !== undefined && name === "session") attached.assign(value);
  // A request of the same app that has no session of ours: the property is whoever's assigns it.
  else if (attached === undefined) {
    Object.defineProperty(req, name, { value, configurable: true, enumerable: true, writable: true });
  }
}

// ——— the reply ———

const NAMES = ["writeHead", "write", "end", "flushHeaders"] as const satisfies readonly ReplyFunctionName[];

/**
 * Intercepts a reply of bare `node:http`, before the app has looked at its session: in `res.end(req.session.name)` the
 * function is fetched first, and its argument after it.
 */
export function hookReply(res: ServerResponse): void {
  if (NAMES.some((name) => Object.hasOwn(res, name))) hookOver(res);
  else putHooks(res);
}

/** What lay beneath the hooks of a response, where it is not its prototype's. */
const beneath = new WeakMap<ServerResponse, ReplyFunctions>();

function hookOver(res: ServerResponse): void {
  const { writeHead, write, end, flushHeaders } = res;
  beneath.set(res, { writeHead, write, end, flushHeaders });
  putHooks(res);
}

function putHooks(res: ServerResponse): void {
  res.writeHead = hookedWriteHead;
  res.write = hookedWrite;
  res.end = hookedEnd;
  res.flushHeaders = hookedFlushHeaders;
}

function hookedWriteHead(this: ServerResponse, ...args: unknown[]): ServerResponse {
  return interceptOwn(this, "writeHead", args) as ServerResponse;
}

function hookedWrite(this: ServerResponse, ...args: unknown[]): boolean {
  return interceptOwn(this, "write", args) as boolean;
}

function hookedEnd(this: ServerResponse, ...args: unknown[]): ServerResponse {
  return interceptOwn(this, "end", args) as ServerResponse;
}

function hookedFlushHeaders(this: ServerResponse): void {
  interceptOwn(this, "flushHeaders", []);
}

function interceptOwn(res: ServerResponse, name: ReplyFunctionName, args: readonly unknown[]): unknown {
  return intercept(res, beneath.get(res) ?? Object.getPrototypeOf(res), name, args);
}

function intercept(
  res: ServerResponse,
  original: ReplyFunctions,
  name: ReplyFunctionName,
  args: readonly unknown[],
): unknown {
  const attached = attachmentOf(res.req);
  if (attached === undefined) return Reflect.apply(original[name], res, args);
  if (attached.engaged) {
    return attached.passing
      ? attached.exchange.interceptWithin(original, name, args)
      : attached.exchange.intercept(original, name, args);
  }
  attached.passing = true;
  try {
    return Reflect.apply(original[name], res, args);
  } finally {
    attached.passing = false;
  }
}

// ——— Express ———

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
 * Puts the accessors and hooks on Express's prototypes, once, and sees to it that they reach this reply.
 *
 * What an earlier middleware has put on the response may have captured the functions beneath the hooks before those
 * stood there. On such a response, and on the very first, ours go on top, and those on the prototype stand aside.
 */
export function prepareExpress(app: ExpressApp, res: ServerResponse): void {
  const known = prepared.has(app.request);
  const response = known ? undefined : baseOf(app.response);
  const first = response !== undefined && !prepared.has(response);
  if ((first || Object.hasOwn(res, "end") || Object.hasOwn(res, "write")) && res.end !== hookedEnd)
    hookOver(res);
  if (response === undefined) return;
  prepared.add(app.request);
  if (!first) return;
  prepared.add(response);
  Object.defineProperties(baseOf(app.request), accessors);
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
    if (beneath.has(this)) return Reflect.apply(original[name], this, args);
    return intercept(this, original, name, args);
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
