/**
 * `req.session.cookie`, as express-session has it.
 *
 * ```ts
 * const Cookie = require("holdfast/compat/session/cookie");
 * ```
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { deprecate } from "./deprecate.ts";
import { serializeCookie } from "./serialize-cookie.ts";

/** What the `cookie` option takes, and `new Cookie()`. */
export interface CookieOptions {
  /** How long browser and store keep the session, in milliseconds. Default: until the browser closes. */
  maxAge?: number | null | undefined;
  /** The same as a date. `maxAge` is the better choice; of both, the one named last counts. */
  expires?: Date | null | undefined;
  /** Default `"/"`. Requests for other paths have no session. */
  path?: string | undefined;
  /** Default: the host that sent the cookie. */
  domain?: string | undefined;
  /** Default `true`. */
  httpOnly?: boolean | undefined;
  /** Default `false`. `"auto"`: as the request's connection is. */
  secure?: boolean | "auto" | undefined;
  /** `true`: strict. Default: not sent. `"auto"`: `none` over HTTPS, else `lax`. */
  sameSite?: boolean | "lax" | "strict" | "none" | "auto" | undefined;
  /** Default: not sent. */
  priority?: "low" | "medium" | "high" | undefined;
  /** Default `false`. */
  partitioned?: boolean | undefined;
  /** Kept by stores; not to be set. */
  originalMaxAge?: number | null | undefined;
}

/** The attributes of a cookie as stores keep them, in the order of their JSON. */
export interface CookieData {
  originalMaxAge: number | null;
  partitioned: boolean | undefined;
  priority: CookieOptions["priority"];
  expires: Date | null | undefined;
  secure: CookieOptions["secure"];
  httpOnly: boolean | undefined;
  domain: string | undefined;
  path: string | undefined;
  sameSite: Exclude<CookieOptions["sameSite"], "auto">;
}

const DATES: ReadonlySet<string> = new Set(["expires", "maxAge"]);

/** A session's cookie: what it will say in the reply, and how long the store keeps the session. */
export class Cookie {
  path: string | undefined = "/";
  /** The date that {@link expires} and {@link maxAge} speak of. */
  _expires: Date | null | undefined = null;
  /** How long a touch makes the session live, in milliseconds; `null`: until the browser closes. */
  originalMaxAge: number | null = null;
  httpOnly: boolean | undefined = true;
  declare domain: string | undefined;
  declare secure: CookieOptions["secure"];
  declare sameSite: Exclude<CookieOptions["sameSite"], "auto">;
  declare priority: CookieOptions["priority"];
  declare partitioned: boolean | undefined;

  /** @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION` for options that are no object, or a `maxAge` that is no number */
  constructor(options?: CookieOptions | null) {
    if (options) {
      if (typeof options !== "object") throw invalid("argument options must be an object");
      for (const name in options) {
        // Records come from a store: what is in one must not replace a method, or the prototype.
        if (name in Cookie.prototype && !DATES.has(name)) continue;
        Reflect.set(this, name, Reflect.get(options, name));
      }
    }
    if (this.originalMaxAge == null) keepMaxAge(this, this.maxAge);
  }

  /** When browser and store drop the session; `null`: when the browser closes. */
  get expires(): Date | null | undefined {
    return this._expires;
  }

  set expires(date: Date | null | undefined) {
    this._expires = date;
    keepMaxAge(this, this.maxAge);
  }

  /**
   * How long the session still has, in milliseconds; `null`, which the type leaves out as that of
   * `@types/express-session` does, until the browser closes.
   */
  get maxAge(): number | undefined {
    const expires = this._expires;
    return expires instanceof Date ? expires.valueOf() - Date.now() : (expires as undefined);
  }

  set maxAge(life: number | Date | null | undefined) {
    if (typeof life === "number") {
      this.expires = new Date(Date.now() + life);
    } else {
      if (life && !(life instanceof Date)) throw invalid("maxAge must be a number or Date");
      if (life) deprecate("maxAge as Date; pass number of milliseconds instead");
      this.expires = life;
    }
  }

  get data(): CookieData {
    const { originalMaxAge, partitioned, priority, _expires, secure, httpOnly, domain, path, sameSite } =
      this;
    return {
      originalMaxAge,
      partitioned,
      priority,
      expires: _expires,
      secure,
      httpOnly,
      domain,
      path,
      sameSite,
    };
  }

  /**
   * A `Set-Cookie` header with these attributes.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_OPTION` for an attribute that browsers would not understand
   */
  serialize(name: string, value: string): string {
    return serializeCookie(name, value, this.data);
  }

  /** What stores keep. */
  toJSON(): CookieData {
    return this.data;
  }
}

/** `undefined` stays what it is, for it is not in the JSON; the type leaves it out for the sake of other types. */
function keepMaxAge(cookie: Cookie, maxAge: number | null | undefined): void {
  Reflect.set(cookie, "originalMaxAge", maxAge);
}

function invalid(message: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_COOKIE_OPTION", message);
}

export { Cookie as default, Cookie as "module.exports" };
