/**
 * `Set-Cookie` headers that others have written, read as browsers read them (RFC 6265bis 5.6). Whatever is in a header,
 * the time taken is linear in its length.
 *
 * @module
 */
import { LONGEST_VALUE } from "./attributes.ts";
import { parseCookieDate } from "./cookie-date.ts";
import { TOKEN } from "./name.ts";
import { trimmed } from "./scan.ts";

/** An attribute as it is written. Flags have no value. */
export interface CookieAttribute {
  readonly name: string;
  readonly value: string | undefined;
}

/** One `Set-Cookie` header. */
export interface SetCookie {
  /** Empty for a cookie without a name. */
  readonly name: string;
  readonly value: string;
  /** By name in lower case. */
  readonly attributes: ReadonlyMap<string, CookieAttribute>;
  /** Names of attributes that browsers pass over: repeated, or longer than 1,024 octets. */
  readonly ignored: readonly string[];
}

/** Reads any text. */
export function parseSetCookie(header: string): SetCookie {
  const [pair = "", ...rest] = header.split(";");
  const [name, value] = splitAtEquals(pair);
  const attributes = new Map<string, CookieAttribute>();
  const ignored: string[] = [];
  for (const part of rest) {
    const [key, text] = splitAtEquals(part);
    // Without a "=" the whole is the attribute's name, while of a cookie it is the value.
    const attribute = key === undefined ? { name: text, value: undefined } : { name: key, value: text };
    if (attribute.name === "") continue;
    const lower = attribute.name.toLowerCase();
    if (attribute.value !== undefined && attribute.value.length > LONGEST_VALUE) {
      ignored.push(attribute.name);
      continue;
    }
    if (attributes.has(lower)) {
      ignored.push(attribute.name);
      if (isPassedOver(lower, attribute.value)) continue;
      attributes.delete(lower);
    }
    attributes.set(lower, attribute);
  }
  return { name: name ?? "", value, attributes, ignored };
}

/** `Max-Age` in milliseconds; `undefined` for what browsers pass over (RFC 6265bis 5.6.2). */
export function parseMaxAge(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) * 1000 : undefined;
}

/** A life that cannot be read does not count, so that an earlier one stands (RFC 6265bis 5.6.1, 5.6.2). */
function isPassedOver(lower: string, value: string = ""): boolean {
  if (lower === "max-age") return parseMaxAge(value) === undefined;
  return lower === "expires" && parseCookieDate(value) === undefined;
}

/** The header of a cookie; the opposite of {@link parseSetCookie}. */
export function serializeSetCookie({ name, value, attributes }: SetCookie): string {
  let header = `${name}=${value}`;
  for (const attribute of attributes.values()) {
    header += `; ${attribute.name}`;
    if (attribute.value !== undefined) header += `=${attribute.value}`;
  }
  return header;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** HTTP/2 cuts such a character down to one octet, which may then be CR or LF. */
const NO_OCTET = /[\u0100-\uffff]/;

/** RFC 6265bis 4.1.1: visible ASCII without `"`, `,`, `;` and `\`; quotes may stand around it. */
const VALUE = /^(?:"[!#-+\--:<-[\]-~]*"|[!#-+\--:<-[\]-~]*)$/;

/** RFC 6265bis 5.6: browsers drop a cookie whose name and value are longer together. */
const LONGEST_PAIR = 4096;

/**
 * Why no such cookie may be sent, or `undefined` (RFC 6265bis 4.1.1; ASVS 1.2.1).
 *
 * @param anyOctets - spaces, quotes, commas, backslashes and octets beyond ASCII are accepted, as browsers do
 */
export function flawOf(header: string, { name, value }: SetCookie, anyOctets: boolean): string | undefined {
  if (CONTROL.test(header)) return "it has a control character, such as CR or LF";
  if (NO_OCTET.test(header)) return "it has a character beyond one octet";
  if (name === "") return "it has no name";
  if (name.length + value.length > LONGEST_PAIR) return "name and value are longer than 4096 octets";
  if (anyOctets) return undefined;
  if (!TOKEN.test(name)) return "its name has an octet that is not allowed there";
  if (!VALUE.test(value)) return "its value has an octet that is not allowed there";
  return undefined;
}

function splitAtEquals(text: string): [name: string | undefined, value: string] {
  const equals = text.indexOf("=");
  return equals === -1
    ? [undefined, trimmed(text, 0, text.length)]
    : [trimmed(text, 0, equals), trimmed(text, equals + 1, text.length)];
}
