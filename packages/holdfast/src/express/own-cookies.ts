import type { Attached } from "./attachment.ts";
import { RequestSession } from "./request-session.ts";

/** The names of the cookies that the sessions of a request write. */
export function ownCookies(attached: Attached | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  let at: unknown = attached;
  for (; at instanceof RequestSession; at = at.outer) {
    if (at.transport === "none") continue;
    const secure = at.transport === "https";
    const { sessionCookie, carrier } = at.deployment;
    names.add(sessionCookie.nameFor(secure));
    for (const name of carrier?.cookies.names(secure) ?? []) names.add(name);
  }
  return names;
}
