import { type Duration, parseTimeout } from "../../duration.ts";
import { HoldfastError } from "../../errors.ts";
import { checkOptionNames, wholeNumber } from "../../option-checks.ts";

/** Options of `SqliteStore`. */
export interface SqliteStoreOptions {
  /**
   * What an acknowledged write survives. Only with a path; default `"normal"`.
   *
   * - `"normal"`: a crash or `kill -9` of the process. A power cut or a crash of the operating system may lose
   *   the writes of the last seconds, sign-outs and revocations among them; the file stays sound.
   * - `"full"`: a power cut too. Every write then waits for the disk, and the event loop with it: about 0.1 to
   *   10 ms, by the disk.
   */
  readonly synchronous?: "normal" | "full" | undefined;
  /**
   * How long one try waits for a lock that another process holds, blocking the event loop, in milliseconds.
   * Only with a path; default 20. Longer waits are asynchronous: see `busyDeadline`.
   */
  readonly busyTimeout?: number | undefined;
  /**
   * How long an operation waits for a locked database altogether. Default 400 ms; then it fails with
   * `ERR_HOLDFAST_STORE_UNAVAILABLE`. The event loop runs meanwhile. Shorter than `storeTimeout` of `session()`: then
   * what has failed is not done later all the same. The constructor waits as long, by default 2 seconds, and blocks.
   * A request that reads its session waits for one try only, and takes no lock in a write-ahead log.
   */
  readonly busyDeadline?: Duration | undefined;
}

/** The options, checked, with their defaults. */
export type SqliteSettings = Required<SqliteStoreOptions> & {
  readonly busyDeadline: number;
  /** How long the constructor waits for a lock: processes that start together take turns. */
  readonly openDeadline: number;
};

const BUSY_DEADLINE = 400;
const OPEN_DEADLINE = 2_000;

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN` or `ERR_HOLDFAST_DURATION` */
export function sqliteSettings(options: SqliteStoreOptions, byHandle: boolean): SqliteSettings {
  checkOptionNames("SqliteStore", options, ["synchronous", "busyTimeout", "busyDeadline"]);
  const { synchronous = "normal", busyTimeout = 20, busyDeadline } = options;
  if (byHandle && (options.synchronous !== undefined || options.busyTimeout !== undefined)) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      "SqliteStore: an open handle keeps its own `synchronous` and `busyTimeout`. Set them on the handle with PRAGMA.",
    );
  }
  if (synchronous !== "normal" && synchronous !== "full") {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", 'SqliteStore: `synchronous` must be "normal" or "full".');
  }
  return {
    synchronous,
    busyTimeout: wholeNumber("SqliteStore", "busyTimeout", busyTimeout, 0),
    busyDeadline: parseTimeout(busyDeadline ?? BUSY_DEADLINE, "busyDeadline"),
    openDeadline: parseTimeout(busyDeadline ?? OPEN_DEADLINE, "busyDeadline"),
  };
}
