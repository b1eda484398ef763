/**
 * cookie-session: the session as JSON in a signed cookie.
 *
 * @module
 */
import cookieSession from "cookie-session";
import { type Contender, type Middleware, type Place, spoil } from "./contender.ts";

export function cookieSessionContender({ secret }: Place): Contender {
  // It is Connect middleware: Express's types ask for more than it uses.
  const middleware = cookieSession({ secret, secure: true }) as unknown as Middleware;
  return {
    name: "cookie-session",
    middleware,
    inCookie: true,
    end: (req, done) => {
      Reflect.set(req, "session", null);
      done();
    },
    forge: spoil,
    passTime: () => undefined,
    close: async () => {},
  };
}
