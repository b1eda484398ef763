/**
 * Where a browser goes after logging in, or saying again who it is. Only a path of this application is followed (ASVS 1.2.2, CWE-601).
 *
 * @module
 */

const HOME = "/dashboard";
const LONGEST = 512;
/** Nobody wants to come back to these. */
const NOT_BACK_TO: ReadonlySet<string> = new Set(["/login", "/signup", "/logout", "/confirm"]);

/** The path if it is safe to redirect to, else the dashboard. */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== "string" || value.length > LONGEST) return HOME;
  // One slash, then printable ASCII without a backslash: browsers read "//", "/\" and "/<tab>/" as another host.
  if (!/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(value)) return HOME;
  const { pathname, search } = new URL(value, "https://self.invalid");
  // Resolving may have produced a leading "//" again, as /.//host does.
  return pathname.startsWith("//") || NOT_BACK_TO.has(pathname) ? HOME : pathname + search;
}
