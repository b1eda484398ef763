/**
 * `Strict-Transport-Security`: browsers that have seen it use nothing but HTTPS (RFC 6797; ASVS 3.4.1).
 *
 * @module
 */
import { type Duration, parseDuration } from "../duration.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";

/** How browsers are told to stay with HTTPS. */
export interface HstsOptions {
  /**
   * For how long, counted from each reply. Default `"365d"` (ASVS 3.4.1: at least a year). `0` makes browsers forget it,
   * which is the way back.
   */
  readonly maxAge?: Duration | undefined;
  /** All subdomains too, those of other teams included (ASVS 3.4.1 L2). Default `true`. */
  readonly includeSubDomains?: boolean | undefined;
  /**
   * Asks browser vendors to put the domain into the list that browsers are shipped with, on hstspreload.org. Default
   * `false`: it takes months to undo. Needs a year at least and all subdomains.
   */
  readonly preload?: boolean | undefined;
}

const OWNER = "requireHttps(): `hsts`";
const YEAR = 31_536_000;

/** The header's value, or `undefined` to send none. @throws {HoldfastError} `ERR_HOLDFAST_OPTION` and others */
export function hstsHeader(option: HstsOptions | false | undefined): string | undefined {
  if (option === false) return undefined;
  const options = option ?? {};
  checkOptionNames(OWNER, options, ["maxAge", "includeSubDomains", "preload"]);
  const { maxAge = "365d", includeSubDomains = true, preload = false } = options;
  for (const [name, value] of Object.entries({ includeSubDomains, preload })) {
    if (typeof value !== "boolean")
      throw new HoldfastError("ERR_HOLDFAST_OPTION", `${OWNER}: \`${name}\` must be true or false.`);
  }
  const seconds = maxAge === 0 ? 0 : Math.floor(parseDuration(maxAge, "hsts.maxAge") / 1000);
  if (preload && (seconds < YEAR || !includeSubDomains)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      `${OWNER}: browser vendors accept \`preload\` only with \`includeSubDomains\` and a \`maxAge\` of "365d" or more.`,
    );
  }
  return `max-age=${seconds}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
}
