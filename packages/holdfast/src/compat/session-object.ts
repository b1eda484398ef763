/**
 * `req.session`, as express-session has it.
 *
 * @module
 */
import { type Awaitable, chain } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { answer, type Callback } from "./callback.ts";
import { Cookie } from "./cookie.ts";
import { ownerOf } from "./owner.ts";
import { dataJson, noteStored, putData } from "./session-data.ts";
import type { SessionRequest, StoredSession } from "./types.ts";

/** A session: its data, and `cookie`. Everything else is not enumerable. */
export class Session {
  /** The id, as it is in the cookie and in the store. Whoever has it has the session. */
  declare readonly id: string;
  declare readonly req: SessionRequest;
  declare cookie: Cookie;

  /** @param data - what the store has of it */
  constructor(req: object, data?: unknown) {
    Object.defineProperty(this, "req", { value: req });
    Object.defineProperty(this, "id", { value: Reflect.get(req, "sessionID") });
    if (typeof data === "object" && data !== null) putData(this, data);
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
    answer(() => ownerOf(this.req).save(this), fn);
    return this;
  }

  /** Reads the session anew: `req.session` is another object then, with what the store has. */
  reload(fn: Callback): this {
    const { req, id } = this;
    const reading = (): Awaitable<void> =>
      chain(ownerOf(req).writer.calls.get(id), (record) => {
        if (record === undefined) {
          throw new HoldfastError("ERR_HOLDFAST_SESSION_ENDED", "failed to load session");
        }
        createSession(req, record);
      });
    answer(reading, fn);
    return this;
  }

  /** Ends the session and takes it from the request. The cookie stays; it opens nothing. */
  destroy(fn?: Callback): this {
    answer(() => ownerOf(this.req).destroy(this.req, this.id, fn !== undefined), fn);
    return this;
  }

  /** Ends the session and begins another, empty and with a new id: after a sign-in. */
  regenerate(fn: Callback): this {
    answer(() => ownerOf(this.req).regenerate(this.req), fn);
    return this;
  }
}

// An app that lets its users name a key must not lose the session's methods to this one.
Object.defineProperty(Session.prototype, "__proto__", {
  get: () => Session.prototype,
  set: () => undefined,
});

/** Makes a request's session of what the store has. @throws TypeError for a record without a cookie */
export function createSession(req: object, record: StoredSession): Session {
  const { cookie: stored } = record;
  const expires: unknown = stored.expires;
  const cookie = new Cookie(stored);
  if (typeof expires === "string") cookie.expires = new Date(expires);
  Reflect.set(cookie, "originalMaxAge", stored.originalMaxAge);
  const session = new Session(req, record);
  session.cookie = cookie;
  Reflect.set(req, "session", session);
  noteStored(session, dataJson(session));
  return session;
}
