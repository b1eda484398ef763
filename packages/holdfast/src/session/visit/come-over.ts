/**
 * A session of other software comes over: stored like one that begins now, under an id that its legacy credential stands
 * for, with the id that is to follow already offered. What the client has is good until it presents the new one.
 *
 * @module
 */
import type { Awaitable } from "../../awaitable.ts";
import type { LegacyLink } from "../legacy.ts";
import type { Credential } from "../record/credentials.ts";
import type { Live } from "../record/live.ts";
import type { NotCreated, Owner } from "../record/record-writes.ts";
import type { Snapshot } from "../record/snapshot.ts";
import { headerOf } from "./begin.ts";
import { ASSIGNED } from "./change-user.ts";
import type { VisitState } from "./state.ts";

/** What comes over. */
export interface Arriving {
  /** What its legacy credential stands for. */
  readonly credential: Credential;
  /** Another one under the same key. */
  readonly successor: Credential;
  readonly data: Snapshot;
  /** Whose it is to be, as it was before anything that a revocation should overtake. */
  readonly owner: Owner | null;
  readonly link: LegacyLink;
}

/**
 * Stores the session, whatever limit its user has. The visit does not go on with it: another one may be faster, and nobody
 * knows of it yet.
 */
export function comeOver(state: VisitState, arriving: Arriving): Awaitable<Live | NotCreated> {
  const { credential, successor, data, owner, link } = arriving;
  const { records, clock } = state.core;
  const now = clock.now();
  const header = { ...headerOf(state, credential, owner, ASSIGNED, now), legacy: link };
  const { proof, keyId } = successor;
  const next = { proof, keyId, wraps: records.codec.wrapsForNext(header, credential, successor) };
  const place = owner && { ...owner, limit: undefined };
  return records.create(credential, { ...header, next }, data, place, now, state);
}
