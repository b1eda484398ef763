/**
 * Finds the session cookie in a `Cookie` header.
 *
 * This runs on every request, most of which carry other cookies or none, so it looks for one name and builds
 * nothing else: no map of all cookies, no decoding.
 *
 * @module
 */

const NONE: readonly string[] = Object.freeze([]);

const TAB = 0x09;
const SPACE = 0x20;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/**
 * The values of the cookies with exactly this name, in the order sent.
 *
 * The name is compared byte for byte and case-sensitively, neither names nor values are percent-decoded or
 * unquoted, and a space before `=` belongs to the name (RFC 6265bis 4.2.1, 5.6): `__HOST-session`,
 * `__Host%2Dsession`, `=__Host-session=x` and `__Host-session =x` are other cookies. The time taken is linear in
 * the header's length, whatever is in it.
 *
 * @param header - `req.headers.cookie`: several header lines come joined by `;`
 * @param name - a cookie name: an RFC 9110 token, not empty
 * @param most - how many values to collect; the rest is not looked at
 * @returns one shared, frozen, empty array when there is none
 */
export function scanCookies(header: string | undefined, name: string, most: number): readonly string[] {
  if (header === undefined || most < 1) return NONE;
  let found: string[] | undefined;
  let at = header.indexOf(name);
  while (at !== -1) {
    const equals = at + name.length;
    const end = header.indexOf(";", equals);
    if (header.charCodeAt(equals) === EQUALS && beginsPair(header, at)) {
      const value = trimmed(header, equals + 1, end === -1 ? header.length : end);
      if (found === undefined) found = [value];
      else found.push(value);
      if (found.length >= most) break;
    }
    if (end === -1) break;
    // A name stands only at the start of a pair, so the rest of this pair need not be searched again.
    at = header.indexOf(name, end + 1);
  }
  return found ?? NONE;
}

/** True if nothing but blanks lies between `at` and the `;` before it, or the start. */
function beginsPair(header: string, at: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const code = header.charCodeAt(i);
    if (code === SEMICOLON) return true;
    if (code !== SPACE && code !== TAB) return false;
  }
  return true;
}

/** `header.slice(from, to)` without the blanks around it. */
export function trimmed(header: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(header.charCodeAt(start))) start++;
  while (end > start && isBlank(header.charCodeAt(end - 1))) end--;
  return header.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
