/** A `Set-Cookie` header, taken apart as browsers do it (RFC 6265bis 5.6). */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** By name, in lower case; the last one of a name counts. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** @returns `undefined` if it sets no cookie */
export function parseSetCookie(header: string): SetCookie | undefined {
  const [pair = "", ...rest] = header.replace(/^\s*set-cookie:/i, "").split(";");
  const [name, value] = cut(pair);
  if (name === "" || !pair.includes("=")) return undefined;
  const attributes = new Map(rest.map(cut).map(([key, text]) => [key.toLowerCase(), text]));
  return { name, value, attributes };
}

/** How long the browser keeps it, in milliseconds; `undefined`: until it is closed. `Max-Age` wins over `Expires`. */
export function lifeOf({ attributes }: SetCookie, now: number): number | undefined {
  const maxAge = attributes.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) * 1000;
  const expires = Date.parse(attributes.get("expires") ?? "");
  return Number.isNaN(expires) ? undefined : expires - now;
}

function cut(text: string): [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
