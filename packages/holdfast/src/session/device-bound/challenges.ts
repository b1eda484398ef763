/**
 * Challenges: offered until one is signed, then gone. A challenge that may still be signed is given again rather than
 * another one, so that whoever asks without a key writes nothing; and it stays until the answer to its proof is stored.
 *
 * @module
 */
import type { Challenge, DeviceState } from "./state.ts";

/** How long a browser may take to register, in milliseconds. */
const REGISTRATION = 300_000;

/** A challenge with less time than this is not given away any more, in milliseconds. */
const LEAST_TIME = 60_000;

/** The one beside the newest is kept for proofs on their way. */
const MOST = 2;

/** A state in which nobody has registered. */
export function offered(value: string, now: number): DeviceState {
  return { challenges: [{ value, until: now + REGISTRATION }] };
}

/** Those that may be signed. */
export function outstanding({ challenges }: DeviceState, now: number): readonly string[] {
  return challenges.filter(({ until }) => now < until).map(({ value }) => value);
}

/** The one over which a key may be registered, or the same key once more. */
export function registrationChallenge(state: DeviceState, now: number): Challenge | undefined {
  const challenge = state.key === undefined ? state.challenges[0] : state.registration;
  return challenge !== undefined && now < challenge.until ? challenge : undefined;
}

/** One that may be given away; `undefined`: there must be another. */
export function presentable({ challenges }: DeviceState, now: number): string | undefined {
  return challenges.find(({ until }) => now + LEAST_TIME < until)?.value;
}

/** The challenge that a browser gets with one bound cookie is signed for the next. */
export function nextChallenge(value: string, life: number, now: number): Challenge {
  return { value, until: now + life + REGISTRATION };
}

/** The state with another challenge, and of those before what may still be signed. */
export function withChallenge(state: DeviceState, challenge: Challenge, now: number): DeviceState {
  const others = state.challenges.filter(({ until }) => now < until);
  return { ...state, challenges: [challenge, ...others].slice(0, MOST) };
}
