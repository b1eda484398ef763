/**
 * What a request carries: the sessions that hang on it, and `req.session` to reach them.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Exchange, ReplyParticipant } from "./exchange.ts";

/** What stands behind `req.session`. */
export interface Attached extends ReplyParticipant {
  readonly exchange: Exchange;
  /** The innermost session; `undefined` once destroyed. */
  readonly session: unknown;
  readonly sessionID: string | undefined;
  /** `req.session = value`, or `req.sessionID = value` */
  assign(value: unknown, name: "session" | "sessionID"): void;
  /** True once the reply must be intercepted. */
  readonly engaged: boolean;
  /** True while a call that need not be intercepted goes through. */
  passing: boolean;
}

/** Returns what it is given, so that a derived class puts its private fields on an object made elsewhere. */
export class Foreign {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is the point
    return object;
  }
}

/**
 * A private field on the request: no other code sees it and no log shows it, and it costs next to nothing, where an
 * entry in a WeakMap keeps each request alive until a full garbage collection.
 */
class RequestWithSession extends Foreign {
  #attached: Attached;

  private constructor(req: IncomingMessage, attached: Attached) {
    super(req);
    this.#attached = attached;
  }

  static attach(req: IncomingMessage, attached: Attached): void {
    if (#attached in req) (req as RequestWithSession).#attached = attached;
    else new RequestWithSession(req, attached);
  }

  static attachmentOf(req: object): Attached | undefined {
    return #attached in req ? (req as RequestWithSession).#attached : undefined;
  }
}

/** The innermost session of a request. */
export function attachmentOf(req: object | undefined): Attached | undefined {
  return req === undefined ? undefined : RequestWithSession.attachmentOf(req);
}

/**
 * Makes `req.session` work; its reply is intercepted once {@link Attached.engaged}.
 *
 * @param prepared - true if the request's prototypes have our accessors, as Express's have
 */
export function attach(req: IncomingMessage, attached: Attached, prepared: boolean): void {
  RequestWithSession.attach(req, attached);
  if (!prepared) Object.defineProperty(req, "session", accessors.session);
}

/** `req.session` and `req.sessionID`, for a request or its prototype. */
export const accessors: Readonly<
  Record<"session" | "sessionID", PropertyDescriptor & ThisType<IncomingMessage>>
> = {
  session: {
    configurable: true,
    enumerable: true,
    get(this: IncomingMessage): unknown {
      // Not before: for a request that never looks at its session, a property is a good part of what it costs.
      if (!("sessionID" in this)) Object.defineProperty(this, "sessionID", accessors.sessionID);
      return RequestWithSession.attachmentOf(this)?.session;
    },
    set(this: IncomingMessage, value: unknown): void {
      assign(this, "session", value);
    },
  },
  sessionID: {
    configurable: true,
    enumerable: true,
    get(this: IncomingMessage): unknown {
      return RequestWithSession.attachmentOf(this)?.sessionID;
    },
    set(this: IncomingMessage, value: unknown): void {
      assign(this, "sessionID", value);
    },
  },
};

function assign(req: IncomingMessage, name: "session" | "sessionID", value: unknown): void {
  const attached = RequestWithSession.attachmentOf(req);
  if (attached !== undefined) return attached.assign(value, name);
  // Without a session of ours the property belongs to whoever assigns it.
  Object.defineProperty(req, name, { value, configurable: true, enumerable: true, writable: true });
}
