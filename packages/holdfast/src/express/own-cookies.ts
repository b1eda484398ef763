import type { IncomingMessage, ServerResponse } from "node:http";
import { attachmentOf } from "./attachment.ts";
import { markedCookies } from "./own-mark.ts";
import { RequestSession } from "./request-session.ts";

/** The names of the library's own cookies: those that the sessions of a request write, and what is marked. */
export function ownCookies(req: IncomingMessage, res: ServerResponse): ReadonlySet<string> {
  const names = new Set(markedCookies(res));
  let at: unknown = attachmentOf(req);
  for (; at instanceof RequestSession; at = at.outer) {
    if (at.transport === "none") continue;
    const secure = at.transport === "https";
    const { sessionCookie, carrier, deviceBound } = at.deployment;
    names.add(sessionCookie.nameFor(secure));
    for (const name of carrier?.cookies.names(secure) ?? []) names.add(name);
    if (secure && deviceBound !== undefined) names.add(deviceBound.cookie.name);
  }
  return names;
}
