/**
 * What the server says to the browser: the header that offers a binding, and the JSON that describes one.
 *
 * @module
 */
import { quoted } from "./structured-fields.ts";

/** `Secure-Session-Registration`. @param authorization - what the proof must bring back beside the challenge */
export function registrationHeader(path: string, challenge: string, authorization: string): string {
  const parameters = { path, challenge, authorization };
  const text = Object.entries(parameters).map(([name, value]) => `;${name}=${quoted(value)}`);
  return `(ES256 RS256)${text.join("")}`;
}

/** `Secure-Session-Challenge`; a browser drops one whose `id` is not that of its binding. */
export function challengeHeader(challenge: string, id: string): string {
  return `${quoted(challenge)};id=${quoted(id)}`;
}

/** What a browser is to keep of a binding. */
export interface Instructions {
  readonly id: string;
  readonly refreshPath: string;
  readonly cookie: { readonly name: string; readonly attributes: string };
}

/** The whole origin is bound; but what browsers fetch on their own must not use up the signatures they may make. */
const SCOPE = {
  include_site: false,
  scope_specification: [{ type: "exclude", domain: "*", path: "/favicon.ico" }],
};

export function instructionsJson({ id, refreshPath, cookie }: Instructions): string {
  return JSON.stringify({
    session_identifier: id,
    refresh_url: refreshPath,
    continue: true,
    scope: SCOPE,
    credentials: [{ type: "cookie", ...cookie }],
  });
}

/** Ends the binding in the browser. Chromium reads the id first. */
export function endJson(id: string): string {
  return JSON.stringify({ session_identifier: id, continue: false });
}
