/**
 * Events of device-bound sessions in words.
 *
 * @module
 */
import type { SessionEvent } from "holdfast";

type Refused = Extract<SessionEvent, { type: "session_device_refused" }>;
type Missing = Extract<SessionEvent, { type: "session_device_missing" }>;

const FLAWS: Readonly<Record<Refused["reason"], string>> = {
  missing: "without a proof",
  malformed: "a proof that cannot be read",
  type: "a token of another kind",
  algorithm: "another algorithm than agreed",
  header: "more in its header than a proof has",
  key: "a key that does not count",
  challenge: "an answer to no question of ours, or to an old one",
  authorization: "for no sign-in of ours",
  audience: "a proof for another address",
  signature: "a wrong signature",
  session: "for no session that waits for a device",
  bound: "the session has another key",
  name: "for a binding whose name is made up",
};

const CLAIMS: Readonly<Record<NonNullable<Missing["claimed"]>, string>> = {
  unreachable: "the server out of reach",
  server_error: "an error of the server",
  quota_exceeded: "too many proofs in a row",
};

/** What was wrong with a device's proof, and when. */
export function refusedProof({ step, reason }: Refused): string {
  return `${step === "registration" ? "at the binding" : "at a renewal"}: ${FLAWS[reason]}`;
}

/** Why a request did not get its session. */
export function missingProof({ reason, claimed }: Missing): string {
  if (reason === "unbound") return "not bound to a device";
  const why = claimed === undefined ? "" : `; its browser names ${CLAIMS[claimed]}`;
  return `no proof of the device${why}`;
}
