import { type Clock, systemClock } from "../clock.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames, wholeNumber } from "../option-checks.ts";

/** Options of `auditLog`. */
export interface AuditLogOptions {
  /**
   * The key of the chain: at least 32 bytes of text (`npx holdfast keygen`), with the checks of the session secret.
   * Not the session secret itself, so that whoever verifies the trail need not be able to open sessions.
   */
  readonly key: string | undefined;
  /**
   * Most that may wait in memory while the disk is slow or failing, in characters; default 4,194,304 (4 Mi, some
   * ten thousand events). What comes beyond that is dropped, counted, and noted in the trail.
   */
  readonly maxWaiting?: number | undefined;
  /**
   * Told of trouble with the file, once for each outage; must not throw. `error.cause` is what the system said.
   * Default: a process warning.
   */
  readonly onError?: ((error: HoldfastError) => void) | undefined;
  /** Where the time of the trail's own lines comes from. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** The options, checked, with their defaults. */
export interface AuditLogSettings {
  readonly key: string | undefined;
  readonly maxWaiting: number;
  readonly report: (error: HoldfastError) => void;
  readonly clock: Clock;
}

const KNOWN = Object.keys({
  key: true,
  maxWaiting: true,
  onError: true,
  clock: true,
} satisfies Record<keyof AuditLogOptions, true>);

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` or `ERR_HOLDFAST_OPTION_UNKNOWN` */
export function auditLogSettings(options: AuditLogOptions): AuditLogSettings {
  checkOptionNames("auditLog", options, KNOWN);
  const { key, maxWaiting = 4_194_304, onError, clock = systemClock } = options;
  if (onError !== undefined && typeof onError !== "function") {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "auditLog: `onError` must be a function, such as (error) => log.error(error).",
    );
  }
  return {
    key,
    maxWaiting: wholeNumber("auditLog", "maxWaiting", maxWaiting, 1_024),
    report: reporter(onError),
    clock,
  };
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` */
export function checkPath(file: unknown): string {
  if (typeof file === "string" && file !== "" && !file.includes("\0")) return file;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    'An audit trail needs the path of a file, such as "data/audit.log".',
  );
}

function reporter(onError: AuditLogOptions["onError"]): (error: HoldfastError) => void {
  return (error) => {
    try {
      if (onError !== undefined) return onError(error);
    } catch {
      // Trouble with the trail must not cost a request; it is told in the other way.
    }
    process.emitWarning(error.message, { type: "HoldfastWarning", code: error.code });
  };
}
