import type { Clock, Sessions } from "holdfast";
import type { LoginThrottle } from "./accounts/login-throttle.ts";
import type { Passwords } from "./accounts/passwords.ts";
import type { Throttle } from "./accounts/throttle.ts";
import type { Users } from "./accounts/users.ts";
import type { Log } from "./log.ts";
import type { EventFeed } from "./operator/event-feed.ts";
import type { Operators } from "./operator/operators.ts";

declare module "holdfast" {
  interface SessionData {
    /** {@link User.id}; present once somebody has logged in. */
    userId?: string;
    /** When the newest sign-in began that this session has been told of, in milliseconds since 1970. */
    toldOfSignInsUntil?: number;
    /** How often this visitor has opened the front page. */
    visits?: number;
  }
}

/** What the routes work with. Made once in `run-servers.ts`; tests make their own. */
export interface Services {
  readonly clock: Clock;
  readonly log: Log;
  /** The number of this process, where several serve the application. */
  readonly worker: number | undefined;
  readonly sessions: Sessions;
  /** What has happened to them lately. */
  readonly events: EventFeed;
  /** Where browsers see the application, if that is known. */
  readonly origins: readonly string[] | undefined;
  readonly operators: Operators;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly loginThrottle: LoginThrottle;
  /** New accounts, per address. */
  readonly signupThrottle: Throttle;
  /** Tries of the current password by somebody who is logged in, per user. */
  readonly passwordThrottle: Throttle;
}
