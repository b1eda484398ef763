/**
 * Checks that the options of stores, key providers, the audit trail and telemetry have in common. `owner` is who has
 * the option, as messages name it: `"SqliteStore"`, `"keyFile()"`.
 *
 * @module
 */
import { HoldfastError } from "./errors.ts";

/** Refuses what is not an options object and names it does not know: a misspelt option must not pass silently. */
export function checkOptionNames(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", `${owner}: the options must be an object.`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION_UNKNOWN",
    `${owner} has no option \`${unknown}\`. It has: ${known.join(", ")}.`,
  );
}

/** A whole number of at least `least`. */
export function wholeNumber(owner: string, name: string, value: unknown, least: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    `${owner}: \`${name}\` must be a whole number, at least ${least}.`,
  );
}
