import { checkDomain, checkPath } from "../cookie/attributes.ts";
import type { LegacyScope } from "../session/legacy.ts";

/** Where express-session, cookie-session and iron-session put a cookie that nothing was said about. */
export const DEFAULT_SCOPE: LegacyScope = { path: "/" };

/**
 * The scope that a stored record or an option names, where a browser could have taken such a cookie; else the default. A
 * record is hostile: what is in it must not write into the reply.
 */
export function scopeOf(cookie: unknown): LegacyScope {
  if (typeof cookie !== "object" || cookie === null) return DEFAULT_SCOPE;
  const { path, domain, partitioned }: { path?: unknown; domain?: unknown; partitioned?: unknown } = cookie;
  try {
    const host = checkDomain(domain);
    return {
      path: checkPath(path),
      ...(host !== undefined && { domain: host }),
      ...(partitioned === true && { partitioned }),
    };
  } catch {
    return DEFAULT_SCOPE;
  }
}

/** A `Set-Cookie` header, and the cookie's name in it. */
export interface NamedHeader {
  readonly name: string;
  readonly header: string;
}

/** What deletes the cookies of a scope. */
export function clearingHeaders(
  names: readonly string[],
  scope: LegacyScope,
  secure: boolean,
): NamedHeader[] {
  const { path, domain, partitioned } = scope;
  const where = `; Path=${path}${domain === undefined ? "" : `; Domain=${domain}`}`;
  const rest = `; HttpOnly${secure ? "; Secure" : ""}; SameSite=Lax${partitioned === true && secure ? "; Partitioned" : ""}`;
  const past = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
  return names.map((name) => ({ name, header: `${name}=${where}${past}${rest}` }));
}
