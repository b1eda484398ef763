/**
 * iron-session: the session sealed in a cookie.
 *
 * @module
 */
import { getIronSession, type IronSession } from "iron-session";
import type { Contender, Place } from "./contender.ts";

const FORM_VERSION = "~2";

export function ironSession({ secret }: Place): Contender {
  const options = { cookieName: "session", password: secret, cookieOptions: { secure: true } };
  return {
    name: "iron-session",
    middleware: (req, res, next) => {
      getIronSession<object>(req, res, options).then((session) => {
        Reflect.set(req, "session", session);
        next();
      }, next);
    },
    inCookie: true,
    save: ({ session }) => (session as IronSession<object>).save(),
    end: ({ session }, done) => {
      (session as IronSession<object>).destroy();
      done();
    },
    forge: (cookie) => {
      const end = cookie.length - FORM_VERSION.length - 2;
      return cookie.slice(0, end) + (cookie[end] === "A" ? "B" : "A") + cookie.slice(end + 1);
    },
    passTime: () => undefined,
    close: async () => {},
  };
}
