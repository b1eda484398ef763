import type { Clock, Sessions } from "holdfast";
import type { LoginThrottle } from "./accounts/login-throttle.ts";
import type { Passwords } from "./accounts/passwords.ts";
import type { Throttle } from "./accounts/throttle.ts";
import type { Users } from "./accounts/users.ts";
import type { Log } from "./log.ts";

declare module "holdfast" {
  interface SessionData {
    /** {@link User.id}; present once somebody has logged in. */
    userId?: string;
    /** How often this visitor has opened the front page. */
    visits?: number;
  }
}

/** What the routes work with. Made once in `run-servers.ts`; tests make their own. */
export interface Services {
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly loginThrottle: LoginThrottle;
  /** New accounts, per address. */
  readonly signupThrottle: Throttle;
  /** Tries of the current password by somebody who is logged in, per user. */
  readonly passwordThrottle: Throttle;
}
