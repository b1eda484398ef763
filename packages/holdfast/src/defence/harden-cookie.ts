/**
 * What a cookie policy makes of one `Set-Cookie` header. It adds and raises what is missing and takes nothing off that
 * is stricter already.
 *
 * @module
 */
import type { SameSite } from "../cookie/attributes.ts";
import { parseCookieDate } from "../cookie/cookie-date.ts";
import { PREFIXES } from "../cookie/name.ts";
import {
  type CookieAttribute,
  flawOf,
  parseMaxAge,
  parseSetCookie,
  type SetCookie,
  serializeSetCookie,
} from "../cookie/set-cookie.ts";

/** What holds for a cookie of one name. */
export interface CookieRule {
  readonly httpOnly: boolean;
  /** The least strict value that is accepted. */
  readonly sameSite: SameSite;
  /** For cookies that other sites' requests carry. */
  readonly partitioned: boolean;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly allowHttp: boolean;
  readonly anyOctets: boolean;
}

/** What has become of a cookie. */
export interface HardenedCookie {
  readonly name: string;
  /** `undefined`: the cookie must not be sent. */
  readonly header: string | undefined;
  /** Equal for cookies of which a browser keeps only the last. */
  readonly key: string;
  readonly changes: readonly string[];
  readonly refused: string | undefined;
}

/** What a change depends on besides the cookie. */
export interface CookieFacts {
  /** Plain HTTP on the developer's own machine, where not every browser accepts `Secure`. */
  readonly local: boolean;
  /** The request is known to have come over HTTPS. */
  readonly https: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const STRICTNESS: readonly SameSite[] = ["None", "Lax", "Strict"];

/** @param ruleFor - gives the rule for a name; `undefined`: the cookie is left as it is */
export function hardenCookie(
  header: string,
  ruleFor: (name: string) => CookieRule | undefined,
  facts: CookieFacts,
): HardenedCookie {
  const cookie = parseSetCookie(header);
  const { name } = cookie;
  const rule = ruleFor(name);
  if (rule === undefined) return { name, header, key: keyOf(cookie), changes: [], refused: undefined };
  const refused = flawOf(header, cookie, rule.anyOctets);
  if (refused !== undefined) return { name, header: undefined, key: "", changes: [], refused };
  const change = new Change(cookie);
  change.prefix();
  const life = change.lifeFrom(facts.now);
  change.attributes(rule, facts, life !== undefined && life <= 0);
  if (life !== undefined && life > rule.maxAge) change.shorten(rule.maxAge, facts.now);
  const { changed, changes } = change;
  return {
    name,
    // What needs no change goes out as it was written, to the last blank.
    header: changes.length === 0 ? header : serializeSetCookie(changed),
    key: keyOf(changed),
    changes,
    refused,
  };
}

class Change {
  readonly changes: string[];
  readonly #cookie: SetCookie;
  readonly #attributes: Map<string, CookieAttribute>;

  constructor(cookie: SetCookie) {
    this.#cookie = cookie;
    this.#attributes = new Map(cookie.attributes);
    // Not by name: what stands after a ";" may be part of a value that was meant to be in the cookie.
    this.changes = cookie.ignored.length === 0 ? [] : ["attributes removed that browsers pass over"];
  }

  get changed(): SetCookie {
    return { ...this.#cookie, attributes: this.#attributes };
  }

  /** Browsers refuse a cookie that its own prefix forbids (RFC 6265bis 4.1.3), whatever the case of the prefix. */
  prefix(): void {
    if (!this.#prefix()?.startsWith("__Host-")) return;
    if (this.#attributes.delete("domain")) this.changes.push("Domain removed, for __Host- has none");
    if (this.#valueOf("path") !== "/") this.#set("Path", "/");
  }

  attributes(rule: CookieRule, { local, https }: CookieFacts, deletes: boolean): void {
    const prefix = this.#prefix();
    if (rule.httpOnly || prefix?.endsWith("Http-")) this.#flag("HttpOnly");
    const given = this.#valueOf("samesite")?.toLowerCase();
    const level = STRICTNESS.findIndex((one) => one.toLowerCase() === given);
    if (level < STRICTNESS.indexOf(rule.sameSite)) this.#set("SameSite", rule.sameSite);
    const none = this.#valueOf("samesite")?.toLowerCase() === "none";
    if (rule.partitioned && none) this.#flag("Partitioned");
    const needed = none || prefix !== undefined || this.#attributes.has("partitioned");
    // Over plain HTTP browsers pass over a deletion that says Secure; and it gives nothing away.
    const bare = local || rule.allowHttp || (deletes && !https);
    if (needed || !bare) this.#flag("Secure");
  }

  /** Milliseconds; Max-Age stands before Expires (RFC 6265bis 5.7). `undefined`: until the browser closes. */
  lifeFrom(now: number): number | undefined {
    const maxAge = parseMaxAge(this.#valueOf("max-age") ?? "");
    if (maxAge !== undefined) return maxAge;
    const expires = parseCookieDate(this.#valueOf("expires") ?? "");
    return expires === undefined ? undefined : expires - now;
  }

  shorten(most: number, now: number): void {
    this.#set("Max-Age", String(Math.floor(most / 1000)));
    if (this.#attributes.has("expires")) this.#set("Expires", new Date(now + most).toUTCString());
  }

  #prefix(): string | undefined {
    const name = this.#cookie.name.toLowerCase();
    return PREFIXES.find((prefix) => name.startsWith(prefix.toLowerCase()));
  }

  #valueOf(lower: string): string | undefined {
    return this.#attributes.get(lower)?.value;
  }

  #flag(name: string): void {
    if (this.#attributes.has(name.toLowerCase())) return;
    this.#attributes.set(name.toLowerCase(), { name, value: undefined });
    this.changes.push(`${name} added`);
  }

  #set(name: string, value: string): void {
    const lower = name.toLowerCase();
    const before = this.#attributes.get(lower);
    this.#attributes.set(lower, { name, value });
    this.changes.push(
      before === undefined ? `${name}=${value} added` : `${name}=${before.value ?? ""} made ${name}=${value}`,
    );
  }
}

// A leading dot and an empty Domain mean nothing (RFC 6265bis 5.6.3).
function keyOf({ name, attributes }: SetCookie): string {
  const domain = attributes.get("domain")?.value?.toLowerCase().replace(/^\./, "") ?? "";
  const path = attributes.get("path")?.value ?? "";
  return [name, domain, path.startsWith("/") ? path : "", attributes.has("partitioned")].join(";");
}
