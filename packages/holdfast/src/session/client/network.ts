/**
 * From an address to the network it is in: what stays the same for most people for as long as they stay where they are.
 *
 * @module
 */
import { isIPv4, isIPv6 } from "node:net";
import { UNKNOWN } from "./describe.ts";

/** No address is longer, its zone included. */
const LONGEST = 64;

/**
 * The network of an address: `"203.0.113.0/24"`, `"2001:db8:7::/48"`, `"loopback"`, `"private"` (RFC 1918, 6598, 4193
 * and link-local ones) or `"unknown"`.
 */
export function networkOf(ip: string | undefined): string {
  const groups = ip === undefined ? null : groupsOf(ip);
  if (groups === null) return UNKNOWN;
  return groups.length === 4 ? networkOfV4(groups) : networkOfV6(groups);
}

/**
 * Whoever has this address, as far as they can be told apart: the address itself, or the /64 of an IPv6 address, which
 * is the least that anybody has to themselves (RFC 6177). `undefined` for what is no address.
 */
export function holderOf(ip: string | undefined): string | undefined {
  const groups = ip === undefined ? null : groupsOf(ip);
  if (groups === null) return undefined;
  return groups.length === 4 ? groups.join(".") : prefix(groups, 4);
}

function networkOfV4([a = 0, b = 0, c = 0]: readonly number[]): string {
  if (a === 127) return "loopback";
  const isPrivate =
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128);
  return isPrivate ? "private" : `${a}.${b}.${c}.0/24`;
}

function networkOfV6(groups: readonly number[]): string {
  const [first = 0] = groups;
  if (groups.every((group, index) => group === (index === 7 ? 1 : 0))) return "loopback";
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80) return "private";
  return prefix(groups, 3);
}

function prefix(groups: readonly number[], count: number): string {
  const kept = groups.slice(0, count).map((group) => group.toString(16));
  return `${kept.join(":")}::/${count * 16}`;
}

/** Four numbers of an IPv4 address, mapped into IPv6 or not; eight of an IPv6 address; `null` of anything else. */
function groupsOf(text: string): readonly number[] | null {
  if (text.length > LONGEST) return null;
  if (isIPv4(text)) return text.split(".").map(Number);
  if (!isIPv6(text)) return null;
  const groups = expand(text.split("%", 1)[0] ?? "");
  const [g0, g1, g2, g3, g4, g5, high = 0, low = 0] = groups;
  const isMapped = g0 === 0 && g1 === 0 && g2 === 0 && g3 === 0 && g4 === 0 && g5 === 0xffff;
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255] : groups;
}

function expand(address: string): readonly number[] {
  const [head = "", tail] = address.split("::");
  const before = numbersIn(head);
  if (tail === undefined) return before;
  const after = numbersIn(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function numbersIn(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
