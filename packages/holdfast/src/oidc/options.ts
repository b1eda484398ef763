/**
 * The options of {@link backChannelLogout}.
 *
 * @module
 */
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { deploymentOf } from "../express/session.ts";
import type { Sessions } from "../express/sessions.ts";
import { checkOptionNames } from "../option-checks.ts";
import { isName } from "../session/federation/provider.ts";
import type { LogoutRules } from "./logout-claims.ts";

/**
 * The provider's public keys: its `jwks_uri`, the set itself, or what `createRemoteJWKSet()` of jose returns. A URL is
 * asked again for keys that are not known, at most every 5 seconds.
 */
export type ProviderKeys = string | URL | JSONWebKeySet | JWTVerifyGetKey;

/** Options of {@link backChannelLogout}. */
export interface BackChannelLogoutOptions {
  /** Whose sessions are ended: what `session()` returned. */
  readonly sessions: Sessions;
  /** The provider's issuer, as its ID tokens and its discovery document have it, to the letter. */
  readonly issuer: string;
  /** The app's own client id at the provider: the only audience that a token may have. */
  readonly clientId: string;
  readonly keys: ProviderKeys;
  /**
   * Signature algorithms that the provider may use; only those with a public key can be named. Default: all of RS256,
   * PS256 and ES256, the same with 384 and 512, EdDSA and Ed25519.
   */
  readonly algorithms?: readonly string[] | undefined;
  /** How old a token may be. Default `"5m"`; providers give theirs two minutes, as a rule. */
  readonly maxTokenAge?: Duration | undefined;
  /** How far the provider's clock may be from ours, at most `"5m"`. Default `"30s"`. */
  readonly clockTolerance?: Duration | undefined;
  /**
   * True takes tokens whose header has no `typ`, or `"JWT"`, beside `"logout+jwt"`: older providers send such. What else
   * they sign for this client must then differ in its claims alone (RFC 8725, 3.11). Default false.
   */
  readonly insecureAllowUntyped?: boolean | undefined;
}

/** The options, checked. */
export interface BackChannelLogoutSettings extends LogoutRules {
  readonly keys: JWTVerifyGetKey;
  readonly algorithms: string[];
  readonly allowsUntyped: boolean;
}

const OWNER = "backChannelLogout()";
const NAMES = [
  "sessions",
  "issuer",
  "clientId",
  "keys",
  "algorithms",
  "maxTokenAge",
  "clockTolerance",
  "insecureAllowUntyped",
];
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
const LONGEST_TOLERANCE = 300_000;

/**
 * Between two questions for the provider's keys. Anybody can cause one, with the name of a key that does not exist; who
 * logs out before the next, by a key that the provider has just begun to use, is refused. Milliseconds.
 */
const ASKED_EVERY = 5_000;

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION`;
 * `ERR_HOLDFAST_STORE_CANNOT` for a store that cannot list and end a user's sessions
 */
export function settingsOf(options: BackChannelLogoutOptions): BackChannelLogoutSettings {
  checkOptionNames(OWNER, options, NAMES);
  deploymentOf(options.sessions).core.providers.mustBeKept();
  const { insecureAllowUntyped = false } = options;
  if (typeof insecureAllowUntyped !== "boolean")
    throw refused("`insecureAllowUntyped` must be true or false");
  const clockTolerance = parseDuration(options.clockTolerance ?? "30s", "clockTolerance");
  if (clockTolerance > LONGEST_TOLERANCE) throw refused("`clockTolerance` must be at most 5 minutes");
  return {
    issuer: nameIn(options, "issuer"),
    clientId: nameIn(options, "clientId"),
    keys: keysFrom(options.keys),
    algorithms: algorithmsOf(options.algorithms),
    maxTokenAge: parseDuration(options.maxTokenAge ?? "5m", "maxTokenAge"),
    clockTolerance,
    allowsUntyped: insecureAllowUntyped,
  };
}

function nameIn(options: BackChannelLogoutOptions, name: "issuer" | "clientId"): string {
  const value: unknown = options[name];
  if (isName(value)) return value;
  throw refused(`\`${name}\` must be text, as the provider has it`);
}

function algorithmsOf(value: unknown): string[] {
  if (value === undefined) return ALGORITHMS;
  if (Array.isArray(value) && value.length > 0 && value.every((one) => ALGORITHMS.includes(one)))
    return [...value];
  throw refused(`\`algorithms\` must be a list of some of ${ALGORITHMS.join(", ")}`);
}

function keysFrom(keys: unknown): JWTVerifyGetKey {
  if (typeof keys === "function") return keys as JWTVerifyGetKey;
  if (typeof keys === "string" || keys instanceof URL)
    return createRemoteJWKSet(urlOf(keys), { cooldownDuration: ASKED_EVERY });
  if (isKeySet(keys)) return createLocalJWKSet(keys);
  throw refused("`keys` must be the provider's `jwks_uri`, its JSON Web Key Set, or createRemoteJWKSet()");
}

// Whoever can change the keys on their way can sign.
function urlOf(keys: string | URL): URL {
  const url = URL.canParse(String(keys)) ? new URL(keys) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.has(url.hostname))) return url;
  throw refused("`keys` must be an https: URL");
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === "object" && value !== null && "keys" in value && Array.isArray(value.keys);
}

function refused(problem: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", `${OWNER}: ${problem}.`);
}
