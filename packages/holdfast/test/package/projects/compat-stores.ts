import session, { Store } from "holdfast/compat";

// As the types of packages have it that make a store of express-session's module: memorystore, connect-pg-simple.
declare function makesStore(
  module: typeof import("express-session"),
): new () => import("express-session").Store;

const Made = makesStore(session);
session({ secret: "x", store: new Made() });

// The names behind the function's.
class OwnStore extends session.Store {
  override get(_sid: string, done: (error?: unknown, found?: session.SessionData | null) => void): void {
    done(null, null);
  }

  override set(_sid: string, _value: session.SessionData, done?: (error?: unknown) => void): void {
    done?.();
  }

  override destroy(_sid: string, done?: (error?: unknown) => void): void {
    done?.();
  }
}

const cookie: session.CookieOptions = { maxAge: 60_000 };
const store: session.Store = new OwnStore();
export const options: session.SessionOptions = { secret: "x", cookie, store };
export const classes: [typeof session.Store, session.MemoryStore] = [Store, new session.MemoryStore()];
