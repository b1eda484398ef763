import { timingSafeEqual } from "node:crypto";

/** Compares two texts, such as a MAC and what a client has sent for it, in a time that tells of their lengths alone. */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, "utf8"), Buffer.from(other, "utf8")];
  return a.length === b.length && timingSafeEqual(a, b);
}
