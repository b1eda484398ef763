import express from "express";
import session, { Cookie, MemoryStore, type SessionData, Store } from "holdfast/compat";
import type StoreItself from "holdfast/compat/session/store";

declare module "holdfast/compat" {
  interface SessionData {
    user: { id: number; name: string };
    views: number;
  }
}

class OwnStore extends Store {
  readonly #rows = new Map<string, string>();

  override get(sid: string, callback: (error?: unknown, session?: SessionData | null) => void): void {
    const row = this.#rows.get(sid);
    callback(null, row === undefined ? null : JSON.parse(row));
  }

  override set(sid: string, value: SessionData, callback?: (error?: unknown) => void): void {
    this.#rows.set(sid, JSON.stringify(value));
    callback?.();
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    this.#rows.delete(sid);
    callback?.();
  }
}

const app = express();
app.use(
  session({
    secret: ["new", "old"],
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 60_000, secure: "auto", sameSite: "lax" },
    store: new OwnStore(),
    genid: (req) => req.url ?? "",
  }),
);
// Express's own requests, as the types of express-session have it.
app.use(session({ secret: "x", genid: (req) => req.path, cookie: (req) => ({ secure: req.secure }) }));
app.use(
  session({ secret: Buffer.from("x"), cookie: (req) => ({ path: req.url }), store: new MemoryStore() }),
);

app.get("/", (req, res) => {
  const views: number | undefined = req.session.views;
  req.session.views = (views ?? 0) + 1;
  req.session.user = { id: 1, name: "Anna" };
  req.session.cookie.maxAge = 60_000;
  req.session.cookie.httpOnly = false;
  req.session.touch().save((error) => res.end(String(error)));
  req.session.regenerate(() => res.end(req.sessionID + req.session.id));
  req.session.destroy((error) => res.end(String(error)));
  req.session.save((error: Error | null) => res.end(error?.message));
  req.sessionStore.all?.((error, sessions) => res.end(String(error ?? sessions)));

  // @ts-expect-error a number is wanted
  req.session.views = "one";
  // @ts-expect-error the main API's
  req.session.signIn("anna");
});

// A store that is typed for express-session.
declare const elsewhere: import("holdfast/compat").CompatStore;
session({ secret: "x", store: elsewhere });

// @ts-expect-error there is no such option
session({ idle: "30m" });

export const made: [Cookie, typeof StoreItself] = [new Cookie({ path: "/" }), Store];
