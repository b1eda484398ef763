/**
 * What is asked of each contender. What is done with the session is the same code for all; the bare handler gives the
 * same reply without one.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Reply } from "./exchange.ts";
import { type Profile, profileOf } from "./profile.ts";

/** A request with a library's session on it. */
export type SessionRequest = IncomingMessage & { session: Profile };

/** What a scenario uses of a request: so much every framework's has. */
export type ScenarioRequest = Pick<SessionRequest, "url" | "session">;

/** What a reply must show. */
export interface Expected {
  readonly user: string;
  /** What the session's counter is after this request, if it counts. */
  readonly views: number;
  /** True for a session that lives in the cookie: a reply that changes it sets it. */
  readonly inCookie: boolean;
}

export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  readonly method: "GET" | "POST";
  /** Which cookie the requests carry. */
  readonly cookie: "none" | "forged" | "valid";
  /** What happens to the session. */
  readonly effect: "none" | "change" | "end";
  /** Works with the session, of so many bytes; returns the reply's body. */
  act(req: ScenarioRequest, bytes: number): string;
  /** The same without a session: the app's own work is not the library's to answer for. */
  bare(req: Pick<ScenarioRequest, "url">, bytes: number): string;
  right(reply: Reply, expected: Expected): boolean;
  /** True if the idle clock moves on so far between two uses of a session that activity must be recorded each time. */
  readonly activityDue?: true;
}

/** `false` where activity is always due: ids would be offered anew, and the requests never take them up. */
export function renewalIn({ activityDue }: Scenario): false | undefined {
  return activityDue === true ? false : undefined;
}

export const SCENARIO_NAMES = [
  "anonymous",
  "forged",
  "untouched",
  "read",
  "read-due",
  "write",
  "write-due",
  "login",
  "logout",
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

const HELLO = "Hello from the server.";
const READ_BODY = String(profileOf("user-00000000").name);
const GOODBYE = "Goodbye.";

/** Where the login handler finds the user. */
export const LOGIN_URL = "/login?user=";

const isPlain = ({ status, cookies }: Reply): boolean => status === 200 && cookies.length === 0;

const hello = {
  method: "GET",
  effect: "none",
  act: () => HELLO,
  bare: () => HELLO,
  right: (reply: Reply) => isPlain(reply) && reply.body === HELLO,
} as const;

const read = {
  method: "GET",
  cookie: "valid",
  effect: "none",
  act: (req: ScenarioRequest) => String(req.session.name),
  bare: () => READ_BODY,
  right: (reply: Reply, { user }: Expected) => isPlain(reply) && reply.body === profileOf(user).name,
} as const;

const write = {
  method: "POST",
  cookie: "valid",
  effect: "change",
  act: ({ session }: ScenarioRequest) => {
    const views = Number(session.views) + 1;
    session.views = views;
    return String(views);
  },
  bare: () => "10001",
  right: ({ status, body, cookies }: Reply, { views, inCookie }: Expected) =>
    status === 200 && body === String(views) && (inCookie ? cookies.length > 0 : cookies.length === 0),
} as const;

export const login: Scenario = {
  name: "login",
  title: "login: a new session",
  method: "POST",
  cookie: "none",
  effect: "change",
  act: (req, bytes) => {
    const user = userIn(req);
    Object.assign(req.session, profileOf(user, bytes));
    return `Welcome, ${user}`;
  },
  bare: (req, bytes) => {
    const user = userIn(req);
    Object.assign({}, profileOf(user, bytes));
    return `Welcome, ${user}`;
  },
  right: ({ status, body, cookies }, { user }) =>
    status === 200 &&
    body === `Welcome, ${user}` &&
    cookies.length > 0 &&
    cookies.every((cookie) => /; HttpOnly/i.test(cookie) && /; Secure/i.test(cookie)),
};

function userIn(req: Pick<ScenarioRequest, "url">): string {
  return (req.url ?? "").slice(LOGIN_URL.length);
}

export const scenarios: readonly Scenario[] = [
  { name: "anonymous", title: "anonymous: no cookie", cookie: "none", ...hello },
  { name: "forged", title: "forged cookie", cookie: "forged", ...hello },
  { name: "untouched", title: "cookie, session untouched", cookie: "valid", ...hello },
  { name: "read", title: "read a field", ...read },
  { name: "read-due", title: "read, activity always due", ...read, activityDue: true },
  { name: "write", title: "write a field", ...write },
  { name: "write-due", title: "write, activity always due", ...write, activityDue: true },
  login,
  {
    name: "logout",
    title: "logout: the session ends",
    method: "POST",
    cookie: "valid",
    effect: "end",
    act: () => GOODBYE,
    bare: () => GOODBYE,
    right: ({ status, body }) => status === 200 && body === GOODBYE,
  },
];

export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}
