/**
 * Beginning a session: a new id, a new record, and the limits it starts with.
 *
 * @module
 */
import { type Awaitable, chain } from "../../awaitable.ts";
import type { Core } from "../core.ts";
import type { Client, RecordHeader } from "../record/header.ts";
import type { Live } from "../record/live.ts";
import type { Beginning, Owner, Reporter } from "../record/records.ts";

/** What a session begins with. */
export interface NewSession {
  readonly json: string;
  readonly user: string | null;
  /** True if the user has just been authenticated, not merely assigned. */
  readonly proven: boolean;
  readonly remember: boolean | undefined;
  /** Milliseconds; `undefined`: as the policy says. */
  readonly cookieLife: number | undefined;
  readonly client: Client;
  /** The header of the same user's session that this one replaces: a new id alone moves no limit (ASVS 7.3.2). */
  readonly inherited: RecordHeader | undefined;
  readonly owner: Owner | null;
  /** A handle the app has been told already. */
  readonly handle: string | undefined;
}

/** Stores a new session; `null` if the user's sessions were revoked since the generation was read. */
export function beginSession(core: Core, session: NewSession, reporter: Reporter): Awaitable<Live | null> {
  const { credentials, records, clock, activity } = core;
  const now = clock.now();
  const credential = credentials.issue(session.handle);
  const created = records.create(
    credential,
    beginningOf(core, session, now),
    session.json,
    session.owner,
    now,
    reporter,
  );
  return chain(created, (outcome) => {
    if (outcome === "revoked") return null;
    // Two ids in 2^128; or a random source that repeats itself, which must not take over a session.
    if (outcome === "exists") return beginSession(core, { ...session, handle: undefined }, reporter);
    activity.noteWrite(outcome);
    reporter.report("session_created", {}, { handle: credential.handle, user: session.user });
    return outcome;
  });
}

/** A user's place in the index, to be asked for before anything that a revocation should overtake. */
export function ownerOf(core: Core, user: string | null, reporter: Reporter): Awaitable<Owner | null> {
  if (user === null) return null;
  const name = core.records.codec.indexNames(user)[0] ?? "";
  return chain(
    core.records.ask("userGeneration", reporter, (store) => store.userGeneration(name)),
    (generation) => ({ name, generation }),
  );
}

function beginningOf({ policy }: Core, session: NewSession, now: number): Beginning {
  const { user, proven, inherited, client } = session;
  return {
    createdAt: inherited?.createdAt ?? now,
    authenticatedAt: proven ? now : (inherited?.authenticatedAt ?? 0),
    seenAt: now,
    idle: user === null ? policy.anonymousIdle : policy.idle,
    endsAt: inherited?.endsAt ?? now + policy.absolute,
    cookieLife: session.cookieLife ?? policy.cookieLife ?? 0,
    remembered: session.remember ?? inherited?.remembered ?? false,
    user,
    client,
  };
}
