/**
 * An app with every defence on, as the guides put them together.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Sessions, session } from "holdfast";
import {
  cookiePolicy,
  crossOrigin,
  csrfToken,
  requireCsrfToken,
  requireHttps,
  resourceIsolation,
} from "holdfast/defence";
import { safeReturnTo } from "holdfast/guards";
import type { Respond } from "../exchange.ts";
import { profileOf, userName } from "../profile.ts";
import { SECRET } from "../trial.ts";
import { readBody } from "./body.ts";
import { countedStore } from "./counted-store.ts";

const HOST = "app.example";
export const ORIGIN = `https://${HOST}`;
/** What somebody without a session gets to see. */
export const ANONYMOUS = "Nobody";

export interface DefendedApp {
  readonly respond: Respond;
  readonly sessions: Sessions;
  /** How often the store was asked since the last time. */
  takeCalls(): number;
  /** Lets so many milliseconds pass. */
  passTime(time: number): void;
  close(): Promise<void>;
}

type SessionRequest = IncomingMessage & {
  readonly session?: Record<string, unknown> & { signIn(user: string): Promise<void> };
};

/** In production, as it must be for nothing to be done for developers; `NODE_ENV` must say so before. */
export function defendedApp(): DefendedApp {
  const { store, takeCalls } = countedStore();
  let passed = 0;
  const clock = { now: () => Date.now() + passed };
  const sessions = session({ secret: SECRET, store, clock, origin: ORIGIN, deviceBound: "offer" });
  // An audit trail wants to hear of everything, and events are only made for those who listen.
  sessions.on("*", () => undefined);
  const defences = [
    requireHttps({ host: HOST, onWarning: () => undefined }),
    cookiePolicy(),
    sessions,
    resourceIsolation(),
    parseBody,
    crossOrigin({ origin: ORIGIN }),
    requireCsrfToken({ exempt: ["/login"] }),
  ];
  const respond: Respond = (req, res) => {
    if ("upgrade" in req && req.upgrade === true) return handshake(sessions, req, res);
    const pass = (index: number): void => {
      const defence = defences[index];
      if (defence === undefined) route(req as SessionRequest, res);
      else defence(req, res, () => pass(index + 1));
    };
    pass(0);
  };
  const passTime = (time: number): void => {
    passed += time;
  };
  return { respond, sessions, takeCalls, passTime, close: () => sessions.close() };
}

function parseBody(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  readBody(req, (wrong) => {
    if (wrong === undefined) return next();
    res.statusCode = wrong;
    reply(res, "That cannot be read.");
  });
}

function route(req: SessionRequest, res: ServerResponse): void {
  const [path = "", query = ""] = (req.url ?? "").split("?", 2);
  switch (path) {
    case "/login":
      if (req.method === "POST") return login(req, res);
      return reply(res, safeReturnTo(new URLSearchParams(query).get("returnTo"), "/"));
    case "/form":
      return reply(res, csrfToken(req));
    default:
      return reply(res, String(req.session?.name ?? ANONYMOUS));
  }
}

function login(req: SessionRequest, res: ServerResponse): void {
  const user = userName(0);
  void req.session?.signIn(user).then(() => {
    Object.assign(req.session ?? {}, { ...profileOf(user), userId: user });
    reply(res, `Welcome, ${user}`);
  });
}

/** A request for a socket. Its refusal becomes the reply's, so that it is measured as the others are. */
function handshake(sessions: Sessions, req: IncomingMessage, res: ServerResponse): void {
  const refuse = (error: Error): void => {
    res.statusCode = Number(Reflect.get(error, "status") ?? 500);
    reply(res, error.message);
  };
  void sessions.fromUpgrade(req, { refuse }).then((socket) => {
    if (socket !== undefined) reply(res, "Come in.");
  });
}

function reply(res: ServerResponse, body: string): void {
  res.setHeader("Content-Type", "text/plain; charset=utf-8");
  res.setHeader("Content-Length", Buffer.byteLength(body));
  res.end(body);
}
