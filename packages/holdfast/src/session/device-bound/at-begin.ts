/**
 * What a session that begins has to do with devices.
 *
 * @module
 */
import type { SignIn } from "../visit/begin.ts";
import type { VisitState } from "../visit/state.ts";
import { offered, outstanding } from "./challenges.ts";
import type { DeviceState } from "./state.ts";

/**
 * Offered to a user who has just come, or has just proved who they are. One who merely gets another id keeps the device
 * they have, or the time there was to register one: a copied cookie must not shed it, nor be bound anew, nor wait longer.
 */
export function deviceAtBegin(
  { core, facts, left }: VisitState,
  user: string | null,
  { proof }: SignIn,
  now: number,
): DeviceState | undefined {
  if (user === null) return undefined;
  const before = left?.user === user ? left.header.device : undefined;
  // Above the conditions of an offer: a neighbour on the same store that binds nothing must not unbind either.
  if (proof === undefined && before !== undefined) return before;
  if (core.policy.deviceBound === undefined || !facts.cookie.secure) return undefined;
  return offered(core.credentials.newChallenge(), now);
}

/** What the client of a session that came over may sign, told with the id that it is to have; `undefined`: nothing. */
export function deviceAtArrival({ core, live }: VisitState): string | undefined {
  const device = live?.header.device;
  if (core.policy.deviceBound === undefined || device === undefined || device.key !== undefined)
    return undefined;
  return outstanding(device, core.clock.now())[0];
}
