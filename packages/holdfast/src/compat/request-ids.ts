import type { IncomingMessage } from "node:http";
import { decodeCookieValue } from "../cookie/decode-value.ts";
import { scanCookies } from "../cookie/scan.ts";
import { deprecate } from "./deprecate.ts";
import type { CookieSigner, SignedId } from "./signature.ts";

/** Cookies of one name that are looked at: a browser sends several where paths or domains overlap. */
const MOST = 8;

/** The genuine ids of a request, in the order in which it named them; none twice. */
export function signedIds(req: IncomingMessage, name: string, signer: CookieSigner): readonly SignedId[] {
  const found: SignedId[] = [];
  for (const value of scanCookies(req.headers.cookie, name, MOST)) {
    const signed = signer.verify(decodeCookieValue(value));
    if (signed !== undefined && !found.some(({ id }) => id === signed.id)) found.push(signed);
  }
  return found.length > 0 ? found : idsOfCookieParser(req, name, signer);
}

// cookie-parser may have been given the header in another form, or have checked the signature itself.
function idsOfCookieParser(req: IncomingMessage, name: string, signer: CookieSigner): readonly SignedId[] {
  const id = cookieOf(req, "signedCookies", name);
  const signed = id === undefined ? signedCookie(req, name, signer) : { id, outdated: false };
  if (signed === undefined) return [];
  deprecate("cookie should be available in req.headers.cookie");
  return [signed];
}

function signedCookie(req: IncomingMessage, name: string, signer: CookieSigner): SignedId | undefined {
  const value = cookieOf(req, "cookies", name);
  return value === undefined ? undefined : signer.verify(value);
}

function cookieOf(
  req: IncomingMessage,
  where: "signedCookies" | "cookies",
  name: string,
): string | undefined {
  const cookies: unknown = Reflect.get(req, where);
  if (typeof cookies !== "object" || cookies === null || !Object.hasOwn(cookies, name)) return undefined;
  const value: unknown = Reflect.get(cookies, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}
