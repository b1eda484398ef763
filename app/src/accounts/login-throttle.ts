/**
 * Guessing slows down for one name from one address, and for one address over all names (ASVS 6.3.1).
 *
 * There is no limit per name alone: it would let anyone lock somebody else out.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import type { Clock } from "holdfast";
import type Database from "libsql";
import { Throttle } from "./throttle.ts";

const WINDOW_MS = 5 * 60_000;
const PER_NAME_AND_ADDRESS = 5;
const PER_ADDRESS = 50;

export class LoginThrottle {
  readonly #pair: Throttle;
  readonly #address: Throttle;

  constructor(database: Database.Database, clock: Clock) {
    const pair = { name: "login-name", limit: PER_NAME_AND_ADDRESS, windowMs: WINDOW_MS };
    this.#pair = new Throttle(pair, database, clock);
    const address = { name: "login-address", limit: PER_ADDRESS, windowMs: WINDOW_MS };
    this.#address = new Throttle(address, database, clock);
  }

  /** Counts an attempt; returns 0, or the milliseconds to wait before the next one counts. */
  take(name: string, ip: string | undefined): number {
    const address = network(ip);
    const wait = this.#address.take(address);
    if (wait > 0) return wait;
    const pairWait = this.#pair.take(`${address} ${name}`);
    if (pairWait > 0) this.#address.giveBack(address);
    return pairWait;
  }

  /** The attempt was right. Other names tried from the same address stay counted. */
  succeeded(name: string, ip: string | undefined): void {
    const address = network(ip);
    this.#address.giveBack(address);
    this.#pair.clear(`${address} ${name}`);
  }
}

/** One subscriber usually holds a whole IPv6 /64, so that is what counts as one address. */
export function network(ip: string | undefined): string {
  if (ip === undefined) return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = ip.split("%", 1)[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, zeros)).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
