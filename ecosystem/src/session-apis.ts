/**
 * The session middlewares: ours, and express-session as the one that packages were written for.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import expressSession from "express-session";
import holdfast from "holdfast";
import { ExpressSessionStore, type ForeignStore } from "holdfast/store/express-session";

export type ApiName = "express-session" | "holdfast/compat" | "holdfast";

/** What an app says of its sessions, in the same words for each API. */
export interface SessionChoices {
  /** Made for express-session. Default: the API's own store in memory. */
  readonly store?: ForeignStore | undefined;
  /** Keys that an anonymous session hands on at sign-in, which `holdfast` alone has to be told. Default none. */
  readonly keep?: readonly string[] | undefined;
}

export interface StartedSessions {
  readonly middleware: RequestHandler;
  /** Types of the events so far, in order. Empty where the API has none. */
  readonly events: readonly string[];
  close(): Promise<void>;
}

export interface SessionApi {
  readonly name: ApiName;
  /** Sessions for HTTPS, with the options that the packages' own documentation asks for. */
  start(choices?: SessionChoices): StartedSessions;
}

const secret = randomBytes(32).toString("base64url");

const reference: SessionApi = {
  name: "express-session",
  start({ store } = {}) {
    const middleware = expressSession({
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { secure: true },
      ...(store !== undefined && { store: store as expressSession.Store }),
    });
    return { middleware, events: [], close: async () => undefined };
  },
};

const main: SessionApi = {
  name: "holdfast",
  start({ store, keep } = {}) {
    const sessions = holdfast({ secret, keep, store: store && new ExpressSessionStore(store) });
    const events: string[] = [];
    sessions.on("*", ({ type }) => void events.push(type));
    return { middleware: sessions, events, close: () => sessions.close() };
  },
};

export const sessionApis: readonly SessionApi[] = [reference, main];
