/**
 * The structured fields (RFC 9651) of device-bound sessions. Strings are sent quoted; Chromium sends its own bare, so
 * both are read, and what is issued consists of characters that look the same either way.
 *
 * @module
 */

/** `\` before `"` and `\` only; printable ASCII otherwise (RFC 9651 3.3.3). */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * A string, quoted or bare.
 *
 * @param header - as Node gives it; several header lines come joined by a comma
 * @param most - how many characters it may have; what is longer is not looked at
 * @returns `undefined` for one that is not there, is too long, or begins with a quote and is no string
 */
export function stringIn(header: string | readonly string[] | undefined, most: number): string | undefined {
  if (typeof header !== "string" || header.length > 2 * most + 2) return undefined;
  const text = header.startsWith('"') ? QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, "$1") : header;
  return text === undefined || text === "" || text.length > most ? undefined : text;
}

/** A string as it is sent; it must be printable ASCII, as all that is issued here is. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Why a browser has sent a request without refreshing first. */
export type SkipReason = "unreachable" | "server_error" | "quota_exceeded";

const REASONS: ReadonlySet<string> = new Set<SkipReason>(["unreachable", "server_error", "quota_exceeded"]);
const LONGEST_LIST = 1024;

/**
 * `Secure-Session-Skipped`: what the browser says of the binding `id`, whatever else it says. Anybody can send it, so it
 * explains, and permits nothing.
 */
export function skipReasonIn(
  header: string | readonly string[] | undefined,
  id: string,
): SkipReason | undefined {
  if (typeof header !== "string" || header.length > LONGEST_LIST) return undefined;
  const named = [`session_identifier=${quoted(id)}`, `session_identifier=${id}`];
  for (const item of header.split(",")) {
    const [reason = "", ...parameters] = item.split(";").map((part) => part.trim());
    if (isReason(reason) && parameters.some((parameter) => named.includes(parameter))) return reason;
  }
  return undefined;
}

function isReason(text: string): text is SkipReason {
  return REASONS.has(text);
}
