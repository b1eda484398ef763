/**
 * What is asked of each contender. The handler is the same code for both libraries; the bare one gives the same reply
 * without a session.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply, Respond } from "./exchange.ts";
import { type Profile, profileOf } from "./profile.ts";

/** A request with a library's session on it. */
export type SessionRequest = IncomingMessage & { readonly session: Profile };
export type SessionHandler = (req: SessionRequest, res: ServerResponse) => void;

export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  readonly method: "GET" | "POST";
  /** Which cookie the requests carry. */
  readonly cookie: "none" | "forged" | "valid";
  readonly bare: Respond;
  readonly handler: SessionHandler;
  /** True for a right reply; `views`: what the session's counter must be after this request, if it counts. */
  right(reply: Reply, user: string, views: number): boolean;
  /** How much less than express-session Holdfast must add, on the memory stores. */
  readonly bar?: number;
  /** True if the idle clock moves on so far between two uses of a session that activity must be recorded each time. */
  readonly activityDue?: true;
}

export type ScenarioName = "anonymous" | "forged" | "untouched" | "read" | "read-due" | "write" | "login";

export function reply(res: ServerResponse, body: string): void {
  // With a length, as Express sends it.
  res.setHeader("Content-Type", "text/plain; charset=utf-8");
  res.setHeader("Content-Length", body.length);
  res.end(body);
}

const HELLO = "Hello from the server.";
const READ_BODY = String(profileOf("user-00000000").name);

const hello = (_req: IncomingMessage, res: ServerResponse): void => reply(res, HELLO);
const isHello = ({ status, body, cookies }: Reply): boolean =>
  status === 200 && body === HELLO && cookies.length === 0;

const read: Pick<Scenario, "method" | "cookie" | "bare" | "handler" | "right"> = {
  method: "GET",
  cookie: "valid",
  bare: (_req, res) => reply(res, READ_BODY),
  handler: (req, res) => reply(res, String(req.session.name)),
  right: ({ status, body, cookies }, user) =>
    status === 200 && body === profileOf(user).name && cookies.length === 0,
};

/** Where the login handler finds the user. */
export const LOGIN_URL = "/login?user=";

export const login: Scenario = {
  name: "login",
  title: "login: a new session",
  method: "POST",
  cookie: "none",
  bare: (req, res) => {
    const user = userIn(req);
    // The app's own work, which is not the library's to answer for.
    Object.assign({}, profileOf(user));
    reply(res, `Welcome, ${user}`);
  },
  handler: (req, res) => {
    const user = userIn(req);
    Object.assign(req.session, profileOf(user));
    reply(res, `Welcome, ${user}`);
  },
  right: ({ status, body, cookies }, user) =>
    status === 200 &&
    body === `Welcome, ${user}` &&
    cookies.length === 1 &&
    /; HttpOnly/.test(cookies[0] ?? "") &&
    /; Secure/.test(cookies[0] ?? ""),
  bar: 5,
};

function userIn(req: IncomingMessage): string {
  return (req.url ?? "").slice(LOGIN_URL.length);
}

export const scenarios: readonly Scenario[] = [
  {
    name: "anonymous",
    title: "anonymous: no cookie",
    method: "GET",
    cookie: "none",
    bare: hello,
    handler: hello,
    right: isHello,
    bar: 15,
  },
  {
    name: "forged",
    title: "forged cookie",
    method: "GET",
    cookie: "forged",
    bare: hello,
    handler: hello,
    right: isHello,
  },
  {
    name: "untouched",
    title: "cookie, session untouched",
    method: "GET",
    cookie: "valid",
    bare: hello,
    handler: hello,
    right: isHello,
    bar: 30,
  },
  { name: "read", title: "read a field", ...read, bar: 6 },
  { name: "read-due", title: "read, activity always due", ...read, activityDue: true },
  {
    name: "write",
    title: "write a field",
    method: "POST",
    cookie: "valid",
    bare: (_req, res) => reply(res, "10001"),
    handler: (req, res) => {
      const views = Number(req.session.views) + 1;
      req.session.views = views;
      reply(res, String(views));
    },
    right: ({ status, body, cookies }, _user, views) =>
      status === 200 && body === String(views) && cookies.length === 0,
    bar: 6,
  },
  login,
];

/** Shows all of a session's data, for checks. */
export const show: SessionHandler = (req, res) => {
  const { cookie: _cookie, ...data } = req.session;
  reply(res, JSON.stringify(data));
};
