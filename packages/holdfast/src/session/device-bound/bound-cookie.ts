/**
 * The value of the bound cookie: until when it is good, and a MAC that ties it to one binding. Nothing of it is stored:
 * every process can tell, and while a browser has an old and a new one both are good.
 *
 * ```
 * kkkk.tttttttt.mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
 * key  until    MAC (256 bits)
 * ```
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import type { KeyRing } from "../../keys/key-ring.ts";
import type { BoundKey } from "./state.ts";

const SHAPE = /^([\w-]{4})\.([0-9a-z]{8,10})\.([\w-]{43})$/;

/** @param until - milliseconds since 1970 */
export function boundValue(keys: KeyRing, { id, thumbprint }: BoundKey, until: number): string {
  const { newest } = keys;
  return `${newest.id}.${until.toString(36)}.${newest.boundCookieMac(`${id}.${thumbprint}.${until}`)}`;
}

/** Until when a value is good for this binding; 0 for one that never was. */
export function boundUntil(keys: KeyRing, { id, thumbprint }: BoundKey, value: string): number {
  const [, keyId = "", time = "", mac = ""] = SHAPE.exec(value) ?? [];
  const key = mac === "" ? undefined : keys.get(keyId);
  if (key === undefined) return 0;
  const until = Number.parseInt(time, 36);
  const right = key.boundCookieMac(`${id}.${thumbprint}.${until}`);
  return timingSafeEqual(Buffer.from(right, "latin1"), Buffer.from(mac, "latin1")) ? until : 0;
}
