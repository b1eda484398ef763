/**
 * Lengths of time, as people write them in options.
 *
 * @module
 */

import { HoldfastError } from "./errors.ts";

/** Milliseconds, seconds, minutes, hours, days (of 24 hours). */
export type DurationUnit = "ms" | "s" | "m" | "h" | "d";

/** A number with its unit: `"500ms"`, `"30s"`, `"15m"`, `"1.5h"`, `"7d"`. */
export type DurationString = `${number}${DurationUnit}`;

/** A length of time: a number of milliseconds, as everywhere in Express, or a string such as `"30m"`. */
export type Duration = number | DurationString;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A hundred years. Whatever is longer is a mistake in a unit, and dates stop being exact not far beyond. */
const LONGEST_MS: number = 36_525 * 86_400_000;

/**
 * Reads a duration.
 *
 * @param value - a {@link Duration}; anything else is refused, so configuration may be passed as it comes
 * @param option - the option it was given for, named in the error
 * @returns whole milliseconds, from 1 to a hundred years
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`
 */
export function parseDuration(value: unknown, option = "duration"): number {
  const ms = toMilliseconds(value);
  if (ms === undefined) {
    throw refusal(
      option,
      value,
      `Write milliseconds as a number (1800000) or a string such as "30s", "15m", "12h" or "7d"`,
    );
  }
  const whole = Math.round(ms);
  if (!(whole >= 1)) throw refusal(option, value, "It must be at least 1 millisecond");
  if (whole > LONGEST_MS)
    throw refusal(option, value, "It must not be longer than a hundred years (36,525 days)");
  return whole;
}

/** The longest that a timer of Node waits, in milliseconds: 24.8 days. A longer one fires at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/**
 * Reads a duration for which a timer is to wait, as {@link parseDuration}.
 *
 * @returns whole milliseconds, from 1 to {@link LONGEST_TIMER}
 * @throws {HoldfastError} `ERR_HOLDFAST_DURATION`
 */
export function parseTimeout(value: unknown, option: string): number {
  const timeout = parseDuration(value, option);
  if (timeout > LONGEST_TIMER) throw refusal(option, value, "It must be shorter than 24 days");
  return timeout;
}

/** A duration as people write it, in the largest unit that needs no fraction: `"15m"`, `"1d"`, `"1500ms"`. */
export function formatDuration(ms: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit, size] = units.find(([, length]) => ms % length === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  if (typeof value !== "string") return undefined;
  const [, amount, unit] = PATTERN.exec(value) ?? [];
  return amount === undefined || unit === undefined
    ? undefined
    : Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
}

function refusal(option: string, value: unknown, advice: string): HoldfastError {
  return new HoldfastError("ERR_HOLDFAST_DURATION", `\`${option}\` cannot be ${describe(value)}. ${advice}.`);
}

/** What was given, short and on one line. A long string may be anything, a misplaced secret too: only its length. */
function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string")
    return value.length <= 16 ? JSON.stringify(value) : `a text of ${value.length} characters`;
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
