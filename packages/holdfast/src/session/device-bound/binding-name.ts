/**
 * The name of a binding: by it a browser registers, and asks for another bound cookie. The MAC proves that this deployment
 * gave it out, so that a made-up one never reaches the store; the handle is where the session was when it was offered.
 *
 * ```
 * kkkkhhhhhhhhhhhhhhhhhhhhhhtttttttttmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
 * key handle                until    MAC (256 bits)
 * ```
 *
 * Nothing stands between the parts: browsers send it bare, and are given letters, digits, `-` and `_` only.
 *
 * @module
 */
import { isSameText } from "../../crypto/same-text.ts";
import type { KeyRing } from "../../keys/key-ring.ts";

/** Why a name says nothing. `"unclear"`: its key may be still to come here; `"over"`: it is gone, and the session with it. */
export type NameFlaw = "forged" | "unclear" | "over";

const SHAPE = /^([\w-]{4})([\w-]{22})([0-9a-z]{9})([\w-]{43})$/;

/** @param until - when the session is over at the latest, whatever id it has. Milliseconds since 1970 */
export function bindingName({ newest }: KeyRing, handle: string, until: number): string {
  const time = Math.ceil(until).toString(36).padStart(9, "0");
  return `${newest.id}${handle}${time}${newest.bindingMac(`${handle}.${time}`)}`;
}

/** The handle in a name; or what is wrong with the name. */
export function handleInName(
  keys: KeyRing,
  name: string,
  now: number,
): { readonly handle: string } | NameFlaw {
  const [, keyId = "", handle = "", time = "", mac = ""] = SHAPE.exec(name) ?? [];
  if (mac === "") return "forged";
  const key = keys.get(keyId);
  if (key === undefined) return now < Number.parseInt(time, 36) ? "unclear" : "over";
  return isSameText(mac, key.bindingMac(`${handle}.${time}`)) ? { handle } : "forged";
}
