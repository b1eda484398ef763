/**
 * How strongly the user of a session has proved who they are, and how (NIST SP 800-63B calls the first an assurance
 * level).
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";

/** What a user has proved. Kept in a record's header, where no data reaches it. */
export interface Authentication {
  /** 0 to 9; what a number means is the app's to say. */
  readonly level: number;
  /** In the order in which they were first used; frozen, for it is handed to the app as it is. */
  readonly methods: readonly string[];
}

const HIGHEST = 9;
const MOST_METHODS = 16;
const LONGEST_METHOD = 64;

export const NO_METHODS: readonly string[] = Object.freeze([]);

/** True for a whole number from 0 to 9. */
export function isLevel(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= HIGHEST;
}

/** @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for what is not 0 to 9 */
export function levelOf(value: unknown): number {
  if (isLevel(value)) return value;
  throw new HoldfastError("ERR_HOLDFAST_OPTION", "`level` must be a whole number from 0 to 9.");
}

/**
 * Names of methods, each once.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for more than 16, or a name that is empty or longer than 64 characters
 */
export function methodsOf(value: unknown): readonly string[] {
  if (value === undefined) return NO_METHODS;
  if (!Array.isArray(value) || !value.every(isMethod) || new Set(value).size > MOST_METHODS) {
    throw new HoldfastError(
      "ERR_HOLDFAST_OPTION",
      '`methods` must be at most 16 names of at most 64 characters, such as ["pwd", "otp"].',
    );
  }
  return Object.freeze([...new Set<string>(value)]);
}

function isMethod(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_METHOD;
}
