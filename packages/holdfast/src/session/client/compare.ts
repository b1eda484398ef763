/**
 * Two looks at a session's client, compared for what they mean: an update of the browser, or another address of the
 * same network, is no change.
 *
 * @module
 */
import type { Client } from "../record/header.ts";
import { type ClientFamilies, describeClient, UNKNOWN } from "./describe.ts";
import { networkOf } from "./network.ts";

/** What is compared of a client. */
export interface ClientTraits extends ClientFamilies {
  /** `"203.0.113.0/24"`, `"2001:db8:7::/48"`, `"private"`, `"loopback"` or `"unknown"`. */
  readonly network: string;
}

/** What of a client is another than it was. */
export type ClientChange = "system" | "browser" | "network";

export function traitsOf({ ip, userAgent }: Client): ClientTraits {
  return { ...describeClient(userAgent), network: networkOf(ip) };
}

/**
 * What differs, in the order system, browser, network. What was unknown before is nothing to compare with; what was
 * known and is not any more is a change, or leaving a header out would hide one.
 */
export function compareClients(before: ClientTraits, now: ClientTraits): readonly ClientChange[] {
  return TRAITS.filter((trait) => before[trait] !== UNKNOWN && before[trait] !== now[trait]);
}

const TRAITS: readonly ClientChange[] = ["system", "browser", "network"];
