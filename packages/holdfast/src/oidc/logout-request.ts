/**
 * The request that brings a logout token: a form with the one field `logout_token` (OpenID Connect Back-Channel Logout 1.0,
 * section 2.5). Other fields are ignored, as it says.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { LogoutFlaw } from "../session/federation/logout-flaw.ts";

/** So many bytes are read; a token has some thousand at most. */
const MOST_BYTES = 32_768;

const FIELD = "logout_token";
const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** The token, however it got here: in a body that a parser has read already, or one that is still to be read. */
export type FoundToken = { readonly token: string } | LogoutFlaw;

/** Rejects if the client breaks off. */
export async function logoutTokenIn(req: IncomingMessage): Promise<FoundToken> {
  if (new URLSearchParams(queryOf(req)).has(FIELD)) return "in_query";
  if (!FORM.test(req.headers["content-type"] ?? "")) return "content_type";
  // Of an empty body a parser has read nothing but the end.
  if (!req.readableDidRead && !req.readableEnded) {
    const body = await read(req);
    return body === null ? "too_large" : inForm(body);
  }
  const body: unknown = "body" in req ? req.body : undefined;
  if (typeof body === "string" || body instanceof Uint8Array) {
    return body.length > MOST_BYTES ? "too_large" : inForm(Buffer.from(body).toString("utf8"));
  }
  return inParsed(body);
}

function inForm(body: string): FoundToken {
  const [token, ...others] = new URLSearchParams(body).getAll(FIELD);
  if (others.length > 0) return "duplicate";
  return token === undefined || token === "" ? "missing" : { token };
}

// Parsers make a list of a field that comes twice.
function inParsed(body: unknown): FoundToken {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, FIELD)) return "missing";
  const token: unknown = Reflect.get(body, FIELD);
  if (typeof token !== "string") return "duplicate";
  if (token.length > MOST_BYTES) return "too_large";
  return token === "" ? "missing" : { token };
}

/** `null`: there is too much of it. */
function read(req: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BYTES) return void chunks.push(chunk);
      chunks.length = 0;
      resolve(null);
    });
    req.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    req.on("error", reject);
    req.on("close", () => reject(new Error("The client broke off.")));
  });
}

function queryOf({ url = "" }: IncomingMessage): string {
  const at = url.indexOf("?");
  return at === -1 ? "" : url.slice(at + 1);
}
