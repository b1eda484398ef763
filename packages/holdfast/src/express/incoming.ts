/**
 * What a request brings: session cookies, the ids among them that are genuine, and word of the page that sent it.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { scanCookies } from "../cookie/scan.ts";
import { crossSiteFacts } from "../cross-site/facts.ts";
import { type CrossSiteRefusal, crossSiteRefusal, upgradeRefusal } from "../cross-site/verdict.ts";
import type { Credential } from "../session/record/credentials.ts";
import type { Deployment } from "./deployment.ts";
import type { Transport } from "./transport.ts";

const NONE: readonly never[] = [];

/** A request with more cookies of our name than these has no session. */
const MOST_CANDIDATES = 4;

/**
 * The values under the session cookie's name, one more than may be at the most; none over a transport on which there is
 * no session.
 */
export function sessionCookies(
  { sessionCookie }: Deployment,
  req: IncomingMessage,
  transport: Transport,
): readonly string[] {
  if (transport === "none") return NONE;
  return scanCookies(req.headers.cookie, sessionCookie.nameFor(transport === "https"), MOST_CANDIDATES + 1);
}

/**
 * The ids among them that this deployment issued, each once. None of too many: whoever can plant cookies before the
 * visitor's own could otherwise fill the places that are looked at, with a session of theirs in one.
 */
export function genuine({ core }: Deployment, values: readonly string[]): readonly Credential[] {
  if (values.length === 0) return NONE;
  const [value] = values;
  if (values.length === 1 && value !== undefined) {
    const credential = core.credentials.verify(value);
    return credential === null ? NONE : [credential];
  }
  if (values.length > MOST_CANDIDATES) return NONE;
  const credentials = values.map((one) => core.credentials.verify(one)).filter((one) => one !== null);
  return [...new Set(credentials)];
}

/** The values that this deployment did not issue, or all of too many. */
export function forged(values: readonly string[], credentials: readonly Credential[]): readonly string[] {
  if (values.length === credentials.length) return NONE;
  if (credentials.length === 0 && values.length === 1 && values[0] !== "") return values;
  const known = new Set(credentials.map(({ value }) => value));
  // An empty value is what a deletion leaves behind in clients that do not honour dates.
  return values.filter((value) => value !== "" && !known.has(value));
}

/** How many of them have the form of an id that this deployment might have issued, and has not. */
export function guessesAmong({ core }: Deployment, fakes: readonly string[]): number {
  // Of too many nobody has asked yet which are genuine: whoever plants genuine ones must not use up a visitor's guesses.
  const isAsked = fakes.length <= MOST_CANDIDATES;
  return fakes.filter(
    (value) => core.credentials.isGuess(value) && (isAsked || core.credentials.verify(value) === null),
  ).length;
}

/** Why a request to upgrade is refused, or `null`. */
export function upgradeFromElsewhere(
  { origins }: Deployment,
  req: IncomingMessage,
  secure: boolean,
): CrossSiteRefusal | null {
  const { host, origin } = req.headers;
  return upgradeRefusal({ origin, host, secure }, origins);
}

/**
 * Why a request that changes something is refused, or `null`.
 *
 * @param method - what to take it for
 */
export function crossSite(
  { origins }: Deployment,
  req: IncomingMessage,
  secure: boolean,
  method: string | undefined = req.method,
): CrossSiteRefusal | null {
  // What nearly every browser says of the app's own forms needs no further look.
  if (req.headers["sec-fetch-site"] === "same-origin") return null;
  return crossSiteRefusal(crossSiteFacts(req, method, { secure }), origins);
}
