import { type Duration, parseTimeout } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import { hasMethods } from "../../has-methods.ts";
import { checkOptionNames } from "../../option-checks.ts";
import type { StoreLoss } from "../contract.ts";
import type { ForeignStore } from "./foreign-store.ts";

/** Options of {@link ExpressSessionStore}. */
export interface ExpressSessionStoreOptions {
  /**
   * True promises that no other process, and no other instance of the store in this one, uses the database: then no
   * parallel write is lost either. Default false.
   */
  readonly exclusive?: boolean | undefined;
  /**
   * True makes lists, counts and exceptions of revocations work, by reading every session of the database each time; at
   * each sign-in too, where somebody listens to `session_sign_in`. Needs the store's `all()`. Default: true for an
   * exclusive store that has it, else false.
   */
  readonly listing?: boolean | undefined;
  /** How long one call of the store may take before it counts as failed. Default `"10s"`. */
  readonly timeout?: Duration | undefined;
  /** What may make the database forget what it has acknowledged. Default: all there is, since it cannot be known. */
  readonly forgetsAfter?: readonly StoreLoss[] | undefined;
}

/** The options, checked, with their defaults. */
export interface ExpressSessionStoreSettings {
  readonly exclusive: boolean;
  readonly listing: boolean;
  readonly timeout: number;
  readonly forgetsAfter: readonly StoreLoss[];
}

const OWNER = "ExpressSessionStore";
const KNOWN = Object.keys({
  exclusive: true,
  listing: true,
  timeout: true,
  forgetsAfter: true,
} satisfies Record<keyof ExpressSessionStoreOptions, true>);
const LOSSES: readonly StoreLoss[] = ["exit", "crash", "power-cut", "failover"];

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function expressSessionSettings(
  store: ForeignStore,
  options: ExpressSessionStoreOptions,
): ExpressSessionStoreSettings {
  checkOptionNames(OWNER, options, KNOWN);
  const hasAll = typeof store.all === "function";
  const exclusive = flag("exclusive", options.exclusive, false);
  const listing = flag("listing", options.listing, exclusive && hasAll);
  if (listing && !hasAll) {
    throw refused("`listing` needs a store that has all(); this one has not. Leave `listing` out.");
  }
  const timeout = parseTimeout(options.timeout ?? "10s", "timeout");
  return { exclusive, listing, timeout, forgetsAfter: losses(options.forgetsAfter) };
}

/** @throws {HoldfastError} `ERR_HOLDFAST_STORE_CLIENT` */
export function checkForeignStore(store: unknown): asserts store is ForeignStore {
  if (hasMethods(store, "get", "set", "destroy")) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_STORE_CLIENT",
    `${OWNER} takes a store made for express-session, with get, set and destroy, such as new RedisStore({ client }).`,
  );
}

function flag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === "boolean") return value;
  throw refused(`\`${name}\` must be true or false.`);
}

function losses(value: unknown): readonly StoreLoss[] {
  if (value === undefined) return LOSSES;
  if (Array.isArray(value) && value.every((one) => LOSSES.includes(one))) return [...value];
  throw refused(`\`forgetsAfter\` must be a list of ${LOSSES.map((loss) => `"${loss}"`).join(", ")}.`);
}

function refused(message: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_OPTION", `${OWNER}: ${message}`);
}
