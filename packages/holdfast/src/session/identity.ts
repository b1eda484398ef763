/**
 * Whose session is it? The user is read from the session's data, so that an app which merely assigns
 * `req.session.userId` gets a new id, an index entry and revocation without calling anything.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";

/** Reads the user from the data: a string or number, or `undefined`/`null` for an anonymous session. */
export type Identify = (data: Readonly<Record<string, unknown>>) => string | number | null | undefined;

/**
 * The default: `userId`; else `user`, if it is a string or a number, or `user.id`; else `passport.user`, the same way.
 */
export const identifyByConvention: Identify = (data) => {
  const own = data.userId;
  if (own !== undefined && own !== null) return asUser(own);
  const user = asUserOrId(data.user);
  if (user !== undefined) return user;
  const passport = data.passport;
  return isObject(passport) ? asUserOrId(passport.user) : undefined;
};

/**
 * The user's canonical name, or `null` for anonymous.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_USER` for an empty string, `NaN`, an infinity or another type
 */
export function userOf(data: Readonly<Record<string, unknown>>, identify: Identify): string | null {
  const user: unknown = identify(data);
  return user === undefined || user === null ? null : canonicalUser(user);
}

/** A user as text: 7 and "7" are the same user. Throws `ERR_HOLDFAST_USER` as {@link userOf} does. */
export function canonicalUser(user: unknown): string {
  if (typeof user === "number" && Number.isFinite(user)) return String(user);
  if (typeof user === "string" && user !== "") return user;
  throw new HoldfastError("ERR_HOLDFAST_USER");
}

// `user` is the app's own to use: what is neither a name nor something with one is data, not a user.
function asUserOrId(value: unknown): string | number | undefined {
  const stored = jsonForm(value);
  const name = isObject(stored) ? jsonForm(storedId(stored)) : stored;
  return (typeof name === "string" && name !== "") || typeof name === "number" ? name : undefined;
}

// An id that only a class's getter shows would be gone once the data is stored, and the user with it.
function storedId(user: Record<string, unknown>): unknown {
  return Object.prototype.propertyIsEnumerable.call(user, "id") ? user.id : undefined;
}

function asUser(value: unknown): string | number {
  const name = jsonForm(value);
  if (typeof name === "string" || typeof name === "number") return name;
  throw new HoldfastError("ERR_HOLDFAST_USER");
}

// A database's id object is a string once stored, and a model says what it becomes: taken as what it will be.
function jsonForm(value: unknown): unknown {
  return isObject(value) && typeof value.toJSON === "function" ? value.toJSON() : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
