import { createHash } from "node:crypto";

/** The handle of the session of this number: 22 characters that look random, and can be told again. */
export function handleOf(index: number): string {
  return digest(`handle ${index}`).slice(0, 22);
}

/** The keyed hash by which a shared store knows this user. */
export function userOf(index: number): string {
  return digest(`user ${index}`).slice(0, 43);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
