/**
 * Whether a request may have its session, as far as the device goes. Decided as the session is opened, so that what comes
 * without the device's proof reads nothing, and counts as no activity.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import type { Live } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import type { VisitState } from "../visit/state.ts";
import { boundUntil } from "./bound-cookie.ts";
import { outstanding } from "./challenges.ts";
import type { BoundKey } from "./state.ts";

/**
 * For requests that are on their way when the cookie runs out, and those that were sent before the browser had its first
 * one. Milliseconds.
 */
const OVERLAP = 30_000;

/**
 * Passes sessions that need no proof, those that wait for their user to unlock them, and requests with a bound cookie.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_DEVICE_PROOF_REQUIRED`, `ERR_HOLDFAST_DEVICE_PROOF_DELAYED` or
 * `ERR_HOLDFAST_DEVICE_REQUIRED`
 */
export function requireDevice(state: VisitState, found: Live | Locked | null): void {
  const { deviceBound } = state.core.policy;
  if (deviceBound === undefined || found === null || found instanceof Locked) return;
  const { credential, header } = found;
  const about = { handle: credential.handle, user: header.user };
  const key = header.device?.key;
  if (key === undefined) {
    if (!deviceBound.required || header.user === null || mayRegister(state, found)) return;
    state.report("session_device_missing", { reason: "unbound" }, about);
    throw new HoldfastError("ERR_HOLDFAST_DEVICE_REQUIRED");
  }
  if (isProven(state, key)) return;
  const skipped = state.facts.deviceSkipped(key.id);
  state.report(
    "session_device_missing",
    { reason: "no_proof", ...(skipped !== undefined && { claimed: skipped }) },
    about,
  );
  throw new HoldfastError(
    skipped === undefined ? "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED" : "ERR_HOLDFAST_DEVICE_PROOF_DELAYED",
  );
}

function isProven({ core, facts }: VisitState, key: BoundKey): boolean {
  const now = core.clock.now();
  if (now < key.boundAt + OVERLAP) return true;
  return facts.deviceCookies().some((value) => now < boundUntil(core.keys, key, value) + OVERLAP);
}

function mayRegister({ core }: VisitState, { header: { device } }: Live): boolean {
  return device !== undefined && outstanding(device, core.clock.now()).length > 0;
}
