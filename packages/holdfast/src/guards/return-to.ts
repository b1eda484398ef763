/**
 * The page that somebody wanted before they were sent to sign in, and back. Only a path of this origin is ever
 * followed: `returnTo` is in a URL, which anybody may write (open redirects: CWE-601).
 *
 * @module
 */

const LONGEST = 2048;

// One slash, then printable ASCII without a backslash: browsers read "//", "/\" and "/<tab>/" as another host.
const PATH = /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/;

/**
 * The page in a `returnTo`, if it is one of this origin.
 *
 * @param text - what came with the request, such as `req.query.returnTo`; anything
 * @param fallback - where to go otherwise; yours, and not checked
 * @returns path and query, at most 2,048 characters, without a fragment
 *
 * @example
 * ```ts
 * res.redirect(303, safeReturnTo(req.query.returnTo, "/dashboard"));
 * ```
 */
export function safeReturnTo(text: unknown, fallback: string): string {
  return localPath(text) ?? fallback;
}

/** Path and query as a browser resolves them, if they stay within this origin. */
export function localPath(text: unknown): string | undefined {
  if (typeof text !== "string" || text.length > LONGEST || !PATH.test(text)) return undefined;
  const { pathname, search } = new URL(text, "https://self.invalid");
  // Resolving may have made a leading "//" again, as of "/.//host".
  const path = pathname + search;
  return pathname.startsWith("//") || path.length > LONGEST ? undefined : path;
}

/** `page` with what was `wanted` in its query; without it where that is no path of this origin. */
export function withReturnTo(page: string, wanted: unknown): string {
  const path = localPath(wanted);
  if (path === undefined) return page;
  return `${page}${page.includes("?") ? "&" : "?"}returnTo=${encodeURIComponent(path)}`;
}
