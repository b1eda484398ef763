/**
 * The options of the check against forged requests, wherever it stands: in `session()`, or as `crossOrigin()`.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import { type Exempt, exemption } from "./exempt.ts";

/** What `session({ crossOrigin })` and `crossOrigin()` have in common. */
export interface CrossOriginRules {
  /**
   * Requests that may come from other sites: paths, compared exactly, or a function that returns true for them. For
   * what proves in its own way where it comes from, such as the signed answer of an identity provider. Default: none.
   */
  readonly exempt?: Exempt | undefined;
  /**
   * True: nothing is refused, only reported, with `reportOnly` in the event. For the days before the check is switched
   * on in an app that runs; until then other sites can act in its visitors' names. Default false.
   */
  readonly insecureReportOnly?: boolean | undefined;
}

/** The rules, resolved. */
export interface CrossOriginSettings {
  readonly exempts: (req: IncomingMessage) => boolean;
  readonly reportOnly: boolean;
}

/** The names of {@link CrossOriginRules}. */
export const CROSS_ORIGIN_RULES: readonly string[] = ["exempt", "insecureReportOnly"];

/**
 * @param owner - who has the options, as messages name it
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`
 */
export function resolveRules(
  owner: string,
  rules: CrossOriginRules = {},
  names: readonly string[] = CROSS_ORIGIN_RULES,
): CrossOriginSettings {
  checkOptionNames(owner, rules, names);
  return {
    exempts: exemption(owner, rules.exempt),
    reportOnly: switchOf(owner, "insecureReportOnly", rules.insecureReportOnly),
  };
}

/** An option that is true or false. Default false. @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function switchOf(owner: string, name: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw new HoldfastError("ERR_HOLDFAST_OPTION", `${owner}: \`${name}\` must be true or false.`);
}

/** A function, or nothing. @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function checkListener(owner: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new HoldfastError("ERR_HOLDFAST_OPTION", `${owner}: \`${name}\` must be a function.`);
}
