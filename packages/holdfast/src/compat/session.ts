/**
 * `req.session`, as express-session has it.
 *
 * ```ts
 * const Session = require("holdfast/compat/session/session");
 * ```
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { answer, type Callback } from "./callback.ts";
import type { Cookie } from "./cookie.ts";
import { ownerOf } from "./owner.ts";
import type { SessionRequest } from "./types.ts";

/** A session: its data, and `cookie`. Everything else is not enumerable. */
export class Session {
  /** The id, as it is in the cookie and in the store. Whoever has it has the session. */
  declare readonly id: string;
  declare readonly req: SessionRequest;
  declare cookie: Cookie;

  /** @param data - what the store has of it */
  constructor(req: IncomingMessage | SessionRequest, data?: unknown) {
    Object.defineProperty(this, "req", { value: req });
    Object.defineProperty(this, "id", { value: Reflect.get(req, "sessionID") });
    if (typeof data !== "object" || data === null) return;
    for (const [name, value] of Object.entries(data)) if (isDataName(name)) Reflect.set(this, name, value);
  }

  /** Begins the session's time anew, in the cookie and in the store; the middleware does so for each request. */
  touch(): this {
    return this.resetMaxAge();
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge;
    return this;
  }

  /** Saves the session now; the middleware does so before the reply. */
  save(fn?: Callback): this {
    answer(() => ownerOf(this).save(this), fn);
    return this;
  }

  /** Reads the session anew: `req.session` is another object then, with what the store has. */
  reload(fn: Callback): this {
    answer(() => ownerOf(this).reload(this), fn);
    return this;
  }

  /** Ends the session and takes it from the request. The cookie stays; it opens nothing. */
  destroy(fn?: Callback): this {
    answer(() => ownerOf(this).destroy(this), fn);
    return this;
  }

  /** Ends the session and begins another, empty and with a new id: after a sign-in. */
  regenerate(fn: Callback): this {
    answer(() => ownerOf(this).regenerate(this), fn);
    return this;
  }
}

/** False for names that belong to the session itself; stored data of that name is not shown. */
function isDataName(name: string): boolean {
  return name !== "id" && name !== "req" && name !== "__proto__" && !OWN_METHODS.has(name);
}

const OWN_METHODS: ReadonlySet<string> = new Set(
  Object.getOwnPropertyNames(Session.prototype).filter((name) => name !== "constructor"),
);

export { Session as default, Session as "module.exports" };
