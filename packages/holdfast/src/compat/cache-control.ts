import type { ServerResponse } from "node:http";

/**
 * Keeps a reply with a session cookie out of shared caches, which would hand the session to the next visitor
 * (RFC 9111 section 7.3). What the app says about the browser's own cache stays.
 */
export function keepPrivate(res: ServerResponse): void {
  const given = res.getHeader("Cache-Control");
  if (given === undefined) {
    res.setHeader("Cache-Control", "private, no-cache");
    return;
  }
  const directives = String(given)
    .split(",")
    .map((directive) => directive.trim())
    .filter((directive) => !/^(?:public|s-maxage(?:=.*)?)$/i.test(directive));
  if (!directives.some((directive) => /^(?:private|no-store)$/i.test(directive)))
    directives.unshift("private");
  res.setHeader("Cache-Control", directives.filter((directive) => directive !== "").join(", "));
}
