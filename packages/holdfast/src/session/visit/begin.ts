/**
 * Beginning a session: a new id, a new record, and the limits it starts with.
 *
 * @module
 */
import { type Awaitable, chain, isPromise } from "../../awaitable.ts";
import { cleanText } from "../../clean-text.ts";
import { HoldfastError } from "../../errors.ts";
import { type Authentication, NO_METHODS } from "../authentication.ts";
import type { Core } from "../core.ts";
import { deviceAtBegin } from "../device-bound/at-begin.ts";
import type { Reporter, Subject } from "../events.ts";
import { createEntered } from "../federation/at-begin.ts";
import type { Provider } from "../federation/provider.ts";
import { recordedStanding } from "../limits.ts";
import type { Credential } from "../record/credentials.ts";
import type { Impersonation, RecordHeader } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import { NO_PENDING } from "../record/pending.ts";
import { freshText } from "../record/plain-data.ts";
import type { NotCreated, Owner } from "../record/record-writes.ts";
import type { Snapshot } from "../record/snapshot.ts";
import { announceSignIn, clientsOf } from "./announce-sign-in.ts";
import { endOtherSidesBeyond } from "./end-other-sides.ts";
import { endOverdue } from "./end-overdue.ts";
import type { Left, VisitState } from "./state.ts";

/** How a user comes to a session. */
export interface SignIn {
  /** What the user has just proved; `undefined` if they were merely assigned. */
  readonly proof: Authentication | undefined;
  /**
   * True if the session there has a part in it: the new one is for what is left of its time, and for nobody if it has
   * ended. False only where the user has proved all over who they are.
   */
  readonly follows: boolean;
  readonly remember?: boolean | undefined;
  readonly keep?: readonly string[] | undefined;
  /** Who has vouched for the user. */
  readonly provider?: Provider | undefined;
  /** The latest that the session may end. Milliseconds since 1970. */
  readonly endsBy?: number | undefined;
  /** Whom the new session acts as, or that it no longer does (`null`). It follows then, as the operator's own. */
  readonly impersonation?: Impersonation | null;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A user's place in the index, to be asked for before anything that a revocation should overtake. */
export function ownerOf(core: Core, user: string | null, reporter: Reporter): Awaitable<Owner | null> {
  if (user === null) return null;
  const { store, records, policy, keys } = core;
  // In UTF-8 they all become U+FFFD: two users would have one name in the index, and be revoked together.
  if (LONE_SURROGATE.test(user)) throw new HoldfastError("ERR_HOLDFAST_USER");
  const keyId = keys.newest.id;
  const own = freshText(user);
  const names = records.codec.indexNames(own);
  const name = names[0] ?? "";
  const limit = policy.userLimit && { users: names, ...policy.userLimit };
  return chain(
    store.ask("userGeneration", reporter, (it) => it.userGeneration(name)),
    (generation) =>
      chain(clientsOf(core, user, reporter), (clients) => ({
        user: own,
        name,
        keyId,
        generation,
        limit,
        clients,
      })),
  );
}

/** Changes with every `revokeAll`, and with nothing that concerns one user alone: no user's name is empty. */
export function commonGeneration({ store, records }: Core, reporter: Reporter): Awaitable<number> {
  const [nobody = ""] = records.codec.indexNames("");
  return store.ask("userGeneration", reporter, (it) => it.userGeneration(nobody));
}

/** Stores a new session; the visit goes on with it, unless the user's sessions were revoked since `owner` was asked for. */
export function begin(
  state: VisitState,
  data: Snapshot,
  user: string | null,
  signIn: SignIn,
  owner: Owner | null,
  again = false,
): Awaitable<void> {
  const { credentials, keys, records, clock } = state.core;
  const now = clock.now();
  // Under the key by which its user was looked up, whichever signs by now: all of a record depends on one key.
  const key = owner === null ? keys.newest : keys.get(owner.keyId);
  if (key === undefined) return state.superseded();
  const credential = credentials.issue(state.promisedHandle, key);
  const header = headerOf(state, credential, owner, signIn, now);
  const room = withRoom(state, owner, user);
  const limit = state.core.legacy?.keeps === true ? room?.limit : undefined;
  const store = (): Awaitable<Live | NotCreated> =>
    records.create(credential, header, data, room, now, state);
  const { provider } = header;
  const create =
    provider === undefined
      ? store
      : () => createEntered(state.core, provider, header, credential, state, store);
  const created =
    limit === undefined ? create() : chain(endOtherSidesBeyond(state.core, limit, state), create);
  return isPromise(created)
    ? created.then((outcome) => begun(state, outcome, data, user, signIn, owner, again))
    : begun(state, created, data, user, signIn, owner, again);
}

// A session that goes on under another id was let in before: it is not turned away at its own door.
function withRoom({ left }: VisitState, owner: Owner | null, user: string | null): Owner | null {
  if (owner?.limit?.beyond !== "reject" || left === undefined || left.user !== user) return owner;
  return { ...owner, limit: { ...owner.limit, beyond: "evict" } };
}

function begun(
  state: VisitState,
  outcome: Live | NotCreated,
  data: Snapshot,
  user: string | null,
  signIn: SignIn,
  owner: Owner | null,
  again: boolean,
): Awaitable<void> {
  if (outcome === "revoked") return state.superseded();
  if (outcome === "limit") {
    const limit = owner?.limit;
    const room = again || limit === undefined ? false : endOverdue(state.core, limit, state);
    return chain(room, (made) =>
      made ? begin(state, data, user, signIn, owner, true) : reject(state, owner, user),
    );
  }
  if (outcome === "exists") {
    // Two ids in 2^128; or a random source that repeats itself, which must not take over a session.
    if (again)
      throw new HoldfastError("ERR_HOLDFAST_OPTION", "`random` gives the same bytes again and again.");
    state.promiseAnotherHandle();
    return begin(state, data, user, signIn, owner, true);
  }
  state.core.activity.noteWrite(outcome, outcome.seenAt);
  const { left } = state;
  const { handle } = outcome.credential;
  state.report("session_created", {}, { handle, user });
  state.began(outcome);
  const { device } = outcome.header;
  // What was offered before is not offered again with another id, except in the reply that had yet to offer it.
  if (device === undefined || device !== left?.header.device)
    state.registration = device?.challenges[0]?.value;
  if (user !== (left?.user ?? null)) reportNewUser(state, left, { handle, user });
  return announce(state, outcome, left, signIn, owner);
}

function reportNewUser(state: VisitState, left: Left | undefined, about: Subject): void {
  // Before an HMAC is made for nobody.
  if (!state.core.events.heard("session_user_changed")) return;
  const fields = {
    ...(left !== undefined && { previous: state.core.keys.newest.correlate(left.handle) }),
    ...(left !== undefined && left.user !== null && { previousUser: cleanText(left.user) }),
  };
  state.report("session_user_changed", fields, about);
}

// A new id alone is no sign-in, nor is proving more.
function announce(
  state: VisitState,
  live: Live,
  left: Left | undefined,
  { proof, follows }: SignIn,
  owner: Owner | null,
): void {
  const { user } = live.header;
  if (user === null || owner?.clients === undefined) return;
  const isOwn = left?.user === user;
  if (isOwn && (proof === undefined || follows)) return;
  announceSignIn(state, live, isOwn ? [...owner.clients, left.header.client] : owner.clients);
}

/**
 * Where sign-ins beyond the limit are rejected: whether there is room for one more when the session `own` is gone. Of
 * sign-ins at the same moment more may pass here than the store lets in.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_SESSION_LIMIT`
 */
export function mustHaveRoom(
  state: VisitState,
  owner: Owner | null,
  user: string | null,
  own: string,
): Awaitable<void> {
  const limit = owner?.limit;
  if (limit?.beyond !== "reject") return undefined;
  const { store, records, clock } = state.core;
  const now = clock.now();
  const listing = store.ask("listUser", state, (it) => it.listUser(limit.users, now));
  return chain(listing, (listed) => {
    const others = listed.filter(({ handle, record }) => {
      const opened = handle === own ? null : records.stampedHeaderOf(handle, record);
      return opened !== null && recordedStanding(opened, now) === "live";
    });
    if (others.length >= limit.most) reject(state, owner, user);
  });
}

function reject(state: VisitState, owner: Owner | null, user: string | null): never {
  state.report("excess_sessions_exceeded", { most: owner?.limit?.most ?? 0, action: "rejected" }, { user });
  throw new HoldfastError("ERR_HOLDFAST_SESSION_LIMIT");
}

/**
 * The header of a session that begins now.
 *
 * @param owner - of its user; `null` for an anonymous one
 */
export function headerOf(
  state: VisitState,
  credential: Credential,
  owner: Owner | null,
  signIn: SignIn,
  now: number,
): RecordHeader {
  const user = owner === null ? null : owner.user;
  const { core, facts, left, changedLife } = state;
  const { proof, follows, remember, impersonation, provider, endsBy } = signIn;
  const { policy, records } = core;
  // A new id alone moves no limit (ASVS 7.3.2), and raises no level.
  const inherited = left?.user === user && follows ? left.header : undefined;
  const goesOn = proof === undefined && impersonation === undefined ? undefined : inherited;
  return {
    createdAt: inherited?.createdAt ?? now,
    authenticatedAt: proof === undefined ? (inherited?.authenticatedAt ?? 0) : now,
    level: (proof ?? inherited)?.level ?? 0,
    methods: (proof ?? inherited)?.methods ?? NO_METHODS,
    idle: user === null ? policy.anonymousIdle : policy.idle,
    endsAt: Math.min(inherited?.endsAt ?? now + policy.absolute, endsBy ?? Number.POSITIVE_INFINITY),
    cookieLife: changedLife ?? goesOn?.cookieLife ?? policy.cookieLife ?? 0,
    remembered: remember ?? inherited?.remembered ?? false,
    proof: credential.proof,
    secretSince: now,
    next: undefined,
    previous: undefined,
    wraps: records.codec.newWraps(credential),
    user,
    client: facts.client(),
    pending: NO_PENDING,
    lock: user !== null && policy.onIdle === "lock" && !impersonation ? "open" : "none",
    impersonation: impersonation ?? null,
    legacy: left?.user === user ? left.header.legacy : undefined,
    device: deviceAtBegin(state, user, signIn, now),
    provider: user === null ? undefined : (provider ?? inherited?.provider),
    // As the device: what a later version asks of this session, another id alone does not undo.
    unknown: proof === undefined && left?.user === user ? left.header.unknown : undefined,
  };
}
