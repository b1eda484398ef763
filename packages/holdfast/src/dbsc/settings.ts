/**
 * The option `deviceBound`: sessions bound to a key that the browser's device keeps (W3C Device Bound Session
 * Credentials).
 *
 * @module
 */
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";

/** How much is asked of browsers; see {@link DeviceBoundOptions.level}. */
export type DeviceBoundLevel = "off" | "offer" | "require";

/** What {@link SessionOptions.deviceBound} may say. */
export interface DeviceBoundOptions {
  /**
   * `"offer"` (default): a browser that can binds the sessions that begin at a sign-in; in others they are as before.
   * `"require"`: signed-in sessions that no device has bound are refused, five minutes after their sign-in. `"off"`:
   * nothing is offered, and nothing asked of what is bound.
   */
  readonly level?: DeviceBoundLevel | undefined;
  /**
   * Life of the bound cookie. Default `"10m"`; 5 minutes to an hour. For so long a copy of both cookies works; the
   * browser renews it as often, and signs no more than six times in nine minutes.
   */
  readonly life?: Duration | undefined;
  /**
   * The path below which browsers find `register` and `refresh`: it must reach this middleware, with no redirect, guard
   * or rate limit before. Each `session()` of an app needs its own. Default: `"/device-bound"`, below the cookie's path.
   */
  readonly path?: string | undefined;
}

/** {@link DeviceBoundOptions}, resolved. Times in milliseconds. */
export interface DeviceBoundSettings {
  readonly required: boolean;
  readonly life: number;
  readonly registerPath: string;
  readonly refreshPath: string;
}

const LIFE = 600_000;
const SHORTEST = 300_000;
const LONGEST = 3_600_000;

/** Segments of what needs no escaping, in a header or a URL. */
const PATH = /^(?:\/[A-Za-z0-9_~-][\w.~-]*)+$/;

/**
 * @param cookiePath - below which the session cookie is sent
 * @returns `undefined` for `"off"`
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION`
 */
export function deviceBoundSettings(
  option: DeviceBoundLevel | DeviceBoundOptions | undefined,
  cookiePath: string,
): DeviceBoundSettings | undefined {
  if (option === undefined) return undefined;
  const given: DeviceBoundOptions = typeof option === "string" ? { level: option } : option;
  checkOptionNames("deviceBound", given, ["level", "life", "path"]);
  const { level = "offer", path = `${cookiePath.replace(/\/$/, "")}/device-bound` } = given;
  if (level !== "off" && level !== "offer" && level !== "require")
    throw invalid('`deviceBound` must be "off", "offer" or "require", or { level } with one of them.');
  const life = parseDuration(given.life ?? LIFE, "deviceBound.life");
  if (life < SHORTEST || life > LONGEST)
    throw invalid(
      "`deviceBound.life` must be 5 minutes to an hour: browsers sign only so often, and a copied cookie works for as long.",
    );
  if (typeof path !== "string" || !PATH.test(path))
    throw invalid('`deviceBound.path` must be a path such as "/device-bound", without query or escapes.');
  if (level === "off") return undefined;
  return {
    required: level === "require",
    life,
    registerPath: `${path}/register`,
    refreshPath: `${path}/refresh`,
  };
}

function invalid(message: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", message);
}
