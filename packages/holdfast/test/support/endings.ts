import { promisify } from "node:util";
import type { AppSession } from "./session-app.ts";

/** A way for a request to end its session. */
export type Ending = (session: AppSession, req: object) => unknown;

/** Every way there is. */
export const endings: Record<string, Ending> = {
  "signOut()": (session) => session.signOut(),
  "destroy()": (session) => session.destroy(),
  "destroy(callback)": (session) =>
    promisify((done: (error?: unknown) => void) => void session.destroy(done))(),
  "req.session = null": (_session, req) => void Reflect.set(req, "session", null),
  "req.session = undefined": (_session, req) => void Reflect.set(req, "session", undefined),
};
