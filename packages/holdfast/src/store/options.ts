import { HoldfastError } from "../errors.ts";

/** Refuses what is not an options object and names it does not know: a misspelt option must not pass silently. */
export function checkOptions(store: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", `${store}: the options must be an object.`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION_UNKNOWN",
    `${store} has no option \`${unknown}\`. It has: ${known.join(", ")}.`,
  );
}

/** A whole number of at least `least`. */
export function wholeNumber(store: string, name: string, value: unknown, least: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    `${store}: \`${name}\` must be a whole number, at least ${least}.`,
  );
}
