/**
 * A session comes from another client than it did: advice to the app by default, and what the app says otherwise (NIST
 * SP 800-63B-4 5.3: changed signals are monitored, and may ask for a new authentication).
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../../awaitable.ts";
import { cleanText } from "../../clean-text.ts";
import { HoldfastError } from "../../errors.ts";
import { compareClients, traitsOf } from "../client/compare.ts";
import type { RiskVerdict } from "../client/risk.ts";
import { endOtherSide } from "../legacy.ts";
import { type Client, type RecordHeader, UNPROVEN } from "../record/header.ts";
import { type Live, withHeader } from "../record/live.ts";
import { Locked } from "../record/locked.ts";
import type { Amendable } from "../record/record-writes.ts";
import type { VisitState } from "./state.ts";

/** What a request may go on with. */
export interface Judged {
  /** The session as it counts from here on; `null` if it has ended. */
  readonly live: Live | null;
  /** The same, once the store has it too. Rejects only where a session could not be ended. */
  readonly stored: Awaitable<Live | null>;
}

const MOST_TRIES = 5;

/** True if somebody wants to know of changes, and this client is not, to the letter, the one that the session knows. */
export function hasOtherClient(state: VisitState, found: Live | Locked | null): found is Live {
  if (found === null || found instanceof Locked || found.header.user === null) return false;
  return state.facts.clientDiffers(latestOf(found.header));
}

export function judgeClient(state: VisitState, live: Live): Judged {
  const verdict = verdictOn(state, live);
  if (verdict === undefined) return { live, stored: live };
  if (verdict === "end") return { live: null, stored: end(state, live) };
  state.unproven = verdict === "reauthenticate";
  const client = { ...live.header.client, latest: state.facts.client() };
  const changed = { client, ...(verdict === "reauthenticate" && UNPROVEN) };
  const judged = withHeader(live, { ...live, header: { ...live.header, ...changed } });
  // It need not be stored to count: until it is, every request from this client comes here again.
  const stored = attempt<Live | null>(
    () => store(state, live, changed, MOST_TRIES),
    () => judged,
  );
  return { live: judged, stored };
}

function latestOf({ client }: RecordHeader): Client {
  return client.latest ?? client;
}

/**
 * What must be said of a locked session that another client is about to take up, whose user has just been proved: false if
 * the app ends it.
 */
export function mayUnlock(state: VisitState, live: Live): boolean {
  return !hasOtherClient(state, live) || verdictOn(state, live) !== "end";
}

/** `null` if the session has ended meanwhile. */
function store(
  state: VisitState,
  live: Live,
  changed: Partial<Amendable>,
  attempts: number,
): Awaitable<Live | null> {
  const { records, clock } = state.core;
  return chain(records.amend(live, changed, state.seenNow(live), clock.now(), state), (amended) => {
    if (amended !== null) return amended;
    if (attempts <= 1) throw new HoldfastError("ERR_HOLDFAST_CONFLICT");
    return chain(records.find(live.credential, state.facts.arrivedAt, clock.now(), state), (latest) =>
      latest === null ? null : store(state, latest, changed, attempts - 1),
    );
  });
}

/** `undefined` for a change without meaning. Each change is judged and told once by this process. */
function verdictOn(state: VisitState, { credential, header }: Live): RiskVerdict | undefined {
  const before = traitsOf(latestOf(header));
  const now = traitsOf(state.facts.client());
  const changes = compareClients(before, now);
  const { user } = header;
  if (changes.length === 0 || user === null) return undefined;
  const of = JSON.stringify([before, now]);
  if (credential.judged?.of === of) return credential.judged.verdict;
  const { handle } = credential;
  const verdict = state.facts.judge({ changes, before, now, user, handle });
  credential.judged = { of, verdict };
  if (verdict !== "allow") {
    state.report("session_client_changed", { changes, before, now, action: verdict }, { handle, user });
  }
  return verdict;
}

function end(state: VisitState, { credential, header }: Live): Awaitable<null> {
  const { records, credentials, clock, legacy } = state.core;
  const { handle } = credential;
  credentials.forget(credential);
  state.cookie = "clear";
  const removed = chain(endOtherSide(legacy, header, state), () =>
    records.remove(handle, clock.now(), state),
  );
  return chain(removed, (existed) => {
    const about = { handle, user: header.user };
    if (existed && header.impersonation !== null) {
      state.report("session_impersonation_ended", { as: cleanText(header.impersonation.user) }, about);
    }
    if (existed) state.report("session_revoked", { count: 1, reason: "client_changed" }, about);
    return null;
  });
}
