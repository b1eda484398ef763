/**
 * The session libraries that the doctor knows: how each is called, where its options stand, and what holds where they
 * are left out.
 *
 * @module
 */

export type LibraryName =
  | "express-session"
  | "cookie-session"
  | "iron-session"
  | "@fastify/session"
  | "holdfast/compat"
  | "holdfast";

/** What holds of the cookie where nothing is said. */
export interface CookieDefaults {
  readonly name: string | undefined;
  readonly secure: boolean | "auto";
  readonly sameSite: boolean;
}

export interface Library {
  readonly name: LibraryName;
  /** The exports that make sessions; `"*"` is what `require` gives. */
  readonly makers: readonly string[];
  /** The options that hold the secret and the cookie's name; the first one that is there counts. */
  readonly secret: readonly string[];
  readonly cookieName: readonly string[];
  /** The option that holds the cookie's attributes; `undefined`: they stand among the others. */
  readonly attributes: string | undefined;
  /** Milliseconds in one unit of `maxAge`. */
  readonly maxAgeUnit: number;
  readonly defaults: CookieDefaults;
}

export const EXPRESS_SESSION: Library = {
  name: "express-session",
  makers: ["*", "default"],
  secret: ["secret"],
  cookieName: ["name", "key"],
  attributes: "cookie",
  maxAgeUnit: 1,
  defaults: { name: "connect.sid", secure: false, sameSite: false },
};

export const LIBRARIES: readonly Library[] = [
  EXPRESS_SESSION,
  { ...EXPRESS_SESSION, name: "holdfast/compat" },
  {
    name: "cookie-session",
    makers: ["*", "default"],
    secret: ["keys", "secret"],
    cookieName: ["name"],
    attributes: undefined,
    maxAgeUnit: 1,
    defaults: { name: "session", secure: "auto", sameSite: false },
  },
  {
    name: "iron-session",
    makers: ["getIronSession"],
    secret: ["password"],
    cookieName: ["cookieName"],
    attributes: "cookieOptions",
    maxAgeUnit: 1000,
    defaults: { name: undefined, secure: true, sameSite: true },
  },
  {
    name: "@fastify/session",
    makers: ["*", "default", "fastifySession"],
    secret: ["secret"],
    cookieName: ["cookieName"],
    attributes: "cookie",
    maxAgeUnit: 1,
    defaults: { name: "sessionId", secure: true, sameSite: false },
  },
  {
    name: "holdfast",
    makers: ["*", "default", "session"],
    secret: ["secret"],
    cookieName: ["name"],
    attributes: "cookie",
    maxAgeUnit: 1,
    defaults: { name: "session", secure: true, sameSite: true },
  },
];

/** The library of that name. */
export function libraryOf(module: string): Library | undefined {
  return LIBRARIES.find(({ name }) => name === module);
}
