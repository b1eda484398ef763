/**
 * The session middlewares: ours, and express-session as the one that packages were written for.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import expressSession, { type Store } from "express-session";
import holdfast, { type Sessions } from "holdfast";
import compat from "holdfast/compat";
import { ExpressSessionStore } from "holdfast/store/express-session";

export type ApiName = "express-session" | "holdfast/compat" | "holdfast";

/** What an app says of its sessions, in the same words for each API. */
export interface SessionChoices {
  /** Made for express-session. Default: the API's own store in memory. */
  readonly store?: Store | undefined;
  /** True lets development over plain HTTP on this machine have sessions. Default false: HTTPS alone. */
  readonly plainHttp?: boolean | undefined;
  /** Keys that an anonymous session hands on at sign-in, which `holdfast` alone has to be told. Default none. */
  readonly keep?: readonly string[] | undefined;
}

export interface StartedSessions {
  readonly middleware: RequestHandler;
  /** Types of the events so far, in order. Empty where the API has none. */
  readonly events: readonly string[];
  /** Ends a session by its public name, where the API has one. */
  readonly revoke?: (handle: string) => Promise<boolean>;
  /** The session of a socket, where the API has such a thing. */
  readonly fromUpgrade?: Sessions["fromUpgrade"];
  close(): Promise<void>;
}

/** What packages are given that make a store of `session.Store`. */
export type SessionModule = typeof expressSession;

export interface SessionApi {
  readonly name: ApiName;
  readonly module: SessionModule;
  /** Sessions for HTTPS, with the options that the packages' own documentation asks for. */
  start(choices?: SessionChoices): StartedSessions;
}

// Types of packages ask for the module of express-session itself.
const compatModule: SessionModule = compat;

const secret = randomBytes(32).toString("base64url");

const reference: SessionApi = {
  name: "express-session",
  module: expressSession,
  start({ store, plainHttp = false } = {}) {
    const middleware = expressSession({
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { secure: plainHttp ? "auto" : true },
      ...(store !== undefined && { store }),
    });
    return { middleware, events: [], close: async () => undefined };
  },
};

const dropIn: SessionApi = {
  name: "holdfast/compat",
  module: compatModule,
  start({ store, plainHttp = false } = {}) {
    const middleware = compat({
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { secure: plainHttp ? "auto" : true },
      store,
    });
    return { middleware, events: [], close: async () => undefined };
  },
};

const main: SessionApi = {
  name: "holdfast",
  module: compatModule,
  start({ store, keep, plainHttp = false } = {}) {
    const sessions = holdfast({
      secret,
      keep,
      cookie: { secure: plainHttp ? "auto" : true },
      store: store && new ExpressSessionStore(store),
    });
    const events: string[] = [];
    sessions.on("*", ({ type }) => void events.push(type));
    return {
      middleware: sessions,
      events,
      revoke: (handle) => sessions.revoke(handle),
      fromUpgrade: (req, options) => sessions.fromUpgrade(req, options),
      close: () => sessions.close(),
    };
  },
};

export const sessionApis: readonly SessionApi[] = [reference, dropIn, main];
