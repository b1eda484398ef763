import { HoldfastError } from "../../errors.ts";

/**
 * When a refresh token's end ends its session (RFC 10017): milliseconds since 1970, or `undefined` where the app gives
 * none.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION` for what is no time to come: with a dead refresh token no session begins
 */
export function refreshTokenEnd(value: unknown, now: number): number | undefined {
  if (value === undefined) return undefined;
  const end = value instanceof Date ? value.getTime() : value;
  if (typeof end === "number" && Number.isFinite(end) && end > now) return Math.floor(end);
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "`refreshTokenExpiresAt` must be a Date, or milliseconds since 1970, that has not passed.",
  );
}
