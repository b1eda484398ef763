/**
 * One session's move: read there, stored here, and then published under the name of its legacy id. Of any number of
 * requests that do so at the same time, in any number of processes, one is the first to publish; what the others have
 * stored nobody has heard of, and they take it back.
 *
 * Whoever dies between storing and publishing leaves a session that no cookie opens, and that idles out.
 *
 * @module
 */
import type { Awaitable } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import type { LegacyLink, LegacyRefusal } from "../session/legacy.ts";
import type { Live } from "../session/record/live.ts";
import type { Owner } from "../session/record/record-writes.ts";
import { Snapshot } from "../session/record/snapshot.ts";
import { ownerOf } from "../session/visit/begin.ts";
import { comeOver } from "../session/visit/come-over.ts";
import type { VisitState } from "../session/visit/state.ts";
import { dataFrom, type LegacyData } from "./legacy-data.ts";
import type { LegacyCredential, LegacySession } from "./legacy-source.ts";
import type { Refusals } from "./refusals.ts";
import { hasRoom, keepLimit } from "./room.ts";
import type { SharedValues } from "./shared-values.ts";
import { decodeTombstone, encodeTombstone, type Tombstone } from "./tombstone.ts";

/** What a move works with. */
export interface MoveTools {
  readonly from: string;
  readonly keepLegacy: boolean;
  /** True where clients may have the same credential. */
  readonly isShared: boolean;
  readonly values: SharedValues;
  readonly refusals: Refusals;
  /** Reads the legacy session, in bounded time. */
  load(credential: LegacyCredential, visit: VisitState): Promise<LegacySession | null>;
  /** Ends it, where the legacy software keeps it on a server. */
  end(id: string, visit: VisitState): Promise<void>;
}

/**
 * Moves a session that has not moved yet.
 *
 * @param version - of the tombstone to replace; 0: there is none
 * @returns where it is now; or why it did not move, `null` for one without data
 */
export async function move(
  visit: VisitState,
  credential: LegacyCredential,
  name: string,
  tools: MoveTools,
  version = 0,
): Promise<Tombstone | LegacyRefusal | null> {
  const { policy } = visit.core;
  const { refusals } = tools;
  const session = await tools.load(credential, visit);
  // Another process may have moved it, and ended it there, since this one looked for its tombstone.
  if (session === null) return (await movedTo(name, tools, visit)) ?? "ended";
  const data = dataFrom(session.data, policy.identify, policy.maxBytes);
  if (typeof data === "string") return data;
  // As everywhere: an empty session is none.
  if (data.snapshot === Snapshot.EMPTY) return null;
  // Before anything that a revocation should overtake.
  const owner = await ownerOf(visit.core, data.user, visit);
  if (await refusals.isRefused(data.user, visit)) {
    await tools.end(credential.id, visit);
    return "revoked";
  }
  if (!(await hasRoom(visit, owner, data.user, credential.id))) {
    // It may be its own session, moved meanwhile, that is in its way.
    return (version === 0 ? await movedTo(name, tools, visit) : undefined) ?? "limit";
  }
  const stored = await store(visit, credential, session, data, owner, tools);
  if (typeof stored === "string") return stored;
  const { handle, keyId } = stored.credential;
  // A revokeAll has no generation for a session without a user: it says what it refuses before it deletes.
  if (data.user === null && (await refusals.isRefused(null, visit)))
    return takeBack(visit, handle, "revoked");
  // What visitors have whom nobody knows may be another's: each comes over alone.
  const isPrivate = tools.isShared && data.user === null;
  const tombstone: Tombstone = { handle, keyId, scope: session.scope, ...(isPrivate && { isPrivate }) };
  if (!isPrivate && !(await published(tombstone, name, version, tools, visit))) {
    return takeBack(visit, handle, (await movedTo(name, tools, visit)) ?? "moved");
  }
  const about = { handle, user: data.user };
  const { leftBehind } = data;
  visit.report("session_created", {}, about);
  visit.report("session_migrated", { from: tools.from, ...(leftBehind.length > 0 && { leftBehind }) }, about);
  await keepLimit(visit, owner, handle, data.user, credential.id);
  return tombstone;
}

async function store(
  visit: VisitState,
  { id }: LegacyCredential,
  { scope }: LegacySession,
  { snapshot, user }: LegacyData,
  owner: Owner | null,
  { keepLegacy, isShared }: MoveTools,
): Promise<Live | LegacyRefusal> {
  const { credentials, keys } = visit.core;
  const keyId = owner?.keyId ?? keys.newest.id;
  const credential = credentials.ofLegacy(id, credentials.newHandle(), keyId);
  const successor = credential && credentials.successor(credential, keyId);
  // The key was revoked a moment ago: nothing may depend on it any more.
  if (credential === undefined || successor === undefined) return "revoked";
  const link: LegacyLink = { ...scope, ...((keepLegacy || (isShared && user !== null)) && { id }) };
  const stored = await comeOver(visit, { credential, successor, data: snapshot, owner, link });
  // Two handles in 2^128.
  if (stored === "exists") throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
  return stored;
}

/** True if this request is the first. Where the store fails it may have been, so what is stored stays. */
function published(
  tombstone: Tombstone,
  name: string,
  version: number,
  { values }: MoveTools,
  visit: VisitState,
): Awaitable<boolean> {
  return values.replace(name, version, encodeTombstone(tombstone), visit);
}

async function takeBack<T>(visit: VisitState, handle: string, instead: T): Promise<T> {
  const { records, clock } = visit.core;
  await records.remove(handle, clock.now(), visit);
  return instead;
}

/** Where a session has moved; `undefined`: it has not; `"moved"`: nobody can say where to. */
export async function movedTo(
  name: string,
  { values }: Pick<MoveTools, "values">,
  visit: VisitState,
): Promise<Tombstone | "moved" | undefined> {
  const found = await values.read(name, visit);
  return found === null ? undefined : (decodeTombstone(found) ?? "moved");
}
