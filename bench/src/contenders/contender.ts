import type { IncomingMessage, ServerResponse } from "node:http";
import type { Profile } from "../profile.ts";
import type { SessionRequest } from "../scenarios.ts";

/** Connect middleware, which all of these libraries are or are made into. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** A handler behind it. */
export type Handler = (req: SessionRequest, res: ServerResponse) => void;

/** What a library asks of a handler beyond using `req.session`. */
export interface Ends {
  /** What must be called after a change, if anything. */
  readonly save?: (req: SessionRequest) => Promise<void>;
  /** Changes the newest data in one step, if the library can. */
  readonly update?: (req: SessionRequest, change: (data: Profile) => void) => Promise<void>;
  /** Ends the session, as the library's documentation says. */
  readonly end: (req: SessionRequest, done: (error?: unknown) => void) => void;
}

/** One library with one store. */
export interface Contender extends Ends {
  readonly name: string;
  readonly middleware: Middleware;
  /** True if the session lives in its client's cookies. */
  readonly inCookie: boolean;
  /** A `Cookie` header as a forger would send it: right in form, wrong in its signatures. */
  forge(cookie: string): string;
  /** Lets so much time pass that every session's activity is due to be recorded, if the library has such a thing. */
  passTime(): void;
  close(): Promise<void>;
}

/** Where contenders find their servers and keep their files. */
export interface Place {
  readonly secret: string;
  readonly folder: string;
  /** Address of a Redis server that is there for this alone. */
  readonly redis?: string | undefined;
  /** Address of an empty PostgreSQL database. */
  readonly postgres?: string | undefined;
  /** False: ids stay what they are, for nobody takes up those that would follow. */
  readonly renew?: false | undefined;
}

/** Another last-but-one character in each cookie: of a base64 text's last one some bits may not count. */
export function spoil(header: string): string {
  const spoiled = header.split("; ").map((cookie) => {
    const wrong = cookie.at(-2) === "A" ? "B" : "A";
    return cookie.slice(0, -2) + wrong + cookie.slice(-1);
  });
  return spoiled.join("; ");
}

/** The one setting for all who use Redis: the client's own timer for each command would cost more than the rest. */
export const REDIS_CLIENT = { commandOptions: { timeout: 0 } };

/** @throws Error if the part that runs this has not started the server */
export function needed(address: string | undefined, server: string): string {
  if (address === undefined) throw new Error(`${server} has not been started for this`);
  return address;
}
