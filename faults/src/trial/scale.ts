/** How long things take: seconds in the quick run, which CI does; longer with `FAULTS=full`. */

const full = process.env.FAULTS === "full";

/** What stands before a command that is to do the same. */
export const COMMAND_PREFIX: string = full ? "FAULTS=full " : "";

/** How long a store may take for one operation, in milliseconds. */
export const STORE_DEADLINE = 500;

/**
 * How long a request may take: a sign-in asks the store up to five times, one after the other, and each answer may come
 * at the last moment. Half a second is for a busy machine.
 */
export const REQUEST_DEADLINE = 5 * STORE_DEADLINE + 500;

/** What an app may answer: a success, "nobody is signed in", "the session has ended", "not now". */
export const STATUSES: readonly number[] = [200, 401, 409, 503];

/**
 * How soon everything must work again once it has been put right, in milliseconds: an app leaves a store that is out
 * alone for up to five seconds, and may come once more while it still starts.
 */
export const RECOVERY = 12_000;

/** How long a server is frozen, in milliseconds: several deadlines. */
export const FROZEN = full ? 10_000 : 2_000;

/** How long other troubles last, in milliseconds. */
export const TROUBLE = full ? 5_000 : 1_500;

/** How many requests are acknowledged before the trouble, and after it. */
export const REQUESTS = full ? 400 : 120;
