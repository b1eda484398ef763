/**
 * express-session as its README recommends it, with its own MemoryStore or with our {@link PeerSqliteStore}.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import session from "express-session";
import { PeerSqliteStore } from "../peers/sqlite-store.ts";
import type { SessionRequest } from "../scenarios.ts";
import { openDatabase } from "../sqlite-file.ts";
import { type Contender, type StoreName, spoil } from "./contender.ts";

type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

export function expressSession(store: StoreName, secret: string, folder: string): Contender {
  const database = store === "sqlite" ? openDatabase(folder, "express-session.db") : undefined;
  // It is Connect middleware: Express's types ask for more than it uses.
  const middleware = session({
    secret,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: true },
    store: database === undefined ? new session.MemoryStore() : new PeerSqliteStore(database),
  }) as unknown as Middleware;
  return {
    name: "express-session",
    serve: (handler) => (req, res) => {
      middleware(req, res, (error) => {
        if (error !== undefined) throw error;
        handler(req as SessionRequest, res);
      });
    },
    forge: spoil,
    // It records activity on every request anyhow.
    passTime: () => undefined,
    close: async () => {
      database?.close();
    },
  };
}
