/**
 * Recording that sessions are in use, seldom and while nobody waits: a request that only reads costs the store no write,
 * and a request that never looks at its session costs it nothing at all.
 *
 * @module
 */
import { type Awaitable, attempt, chain } from "../awaitable.ts";
import type { Clock } from "../clock.ts";
import type { Reporter, SessionEventName } from "./events.ts";
import { touchInterval } from "./limits.ts";
import type { Credential } from "./record/credentials.ts";
import type { Live } from "./record/live.ts";
import type { Used } from "./record/record-writes.ts";
import type { Records } from "./record/records.ts";

/** How many sessions one operation of the store may concern: it has the time of any other. */
const MOST_AT_ONCE = 100;

/** Activity that the store has yet to hear of. */
interface Due {
  /** Milliseconds since 1970. */
  readonly seenAt: number;
  /** The session as it was read for this; `undefined` if only its id was seen. */
  readonly live: Live | undefined;
}

export class Activity {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #due = new Map<Credential, Due>();
  #scheduled: NodeJS.Immediate | undefined;

  /** @param reporter - for what happens after the request it came from is over */
  constructor(records: Records, clock: Clock, reporter: Reporter) {
    this.#records = records;
    this.#clock = clock;
    this.#reporter = reporter;
  }

  /** A request came with this credential; nothing else is known of its session. */
  noteArrival(credential: Credential, now: number): void {
    // What this process knows to be alive stays alive; everything else is for the store to say.
    if (credential.idle !== 0 && now < credential.seenAt + credential.idle) credential.seenAt = now;
    if (now >= credential.touchDueAt) this.#schedule(credential, { seenAt: now, live: undefined });
  }

  /** The session was loaded and is live. */
  noteUse(live: Live, now: number): void {
    const { credential, header, seenAt } = live;
    credential.idle = header.idle;
    credential.seenAt = now;
    if (now - seenAt >= touchInterval(header.idle)) {
      if (now >= credential.touchDueAt || this.#due.has(credential))
        this.#schedule(credential, { seenAt: now, live });
    } else {
      credential.touchDueAt = seenAt + touchInterval(header.idle);
      if (this.#due.size > 0) this.#due.delete(credential);
    }
  }

  /** The ids name no live session, or not one, or one that is being ended: there is nothing to record. */
  noteNone(credentials: readonly Credential[]): void {
    for (const credential of credentials) this.#due.delete(credential);
  }

  /**
   * The session was written, perhaps with less activity than is known.
   *
   * @param usedAt - when it was last in use: not by this request, if that does not count as activity
   */
  noteWrite({ credential, header, seenAt }: Live, usedAt: number): void {
    credential.idle = header.idle;
    credential.seenAt = Math.max(credential.seenAt, usedAt);
    credential.touchDueAt = seenAt + touchInterval(header.idle);
    // Nearly always nothing is due, and to look for it takes a hash.
    if (this.#due.size > 0 && (this.#due.get(credential)?.seenAt ?? 0) <= seenAt)
      this.#due.delete(credential);
  }

  /** A write is under way that is to record activity as well: what is due waits, and has its turn if nothing is written. */
  noteWriting(credential: Credential, written: Promise<Live | null>): void {
    if (this.#due.size === 0) return;
    const due = this.#due.get(credential);
    if (due === undefined) return;
    this.#due.delete(credential);
    const again = (): void => this.#schedule(credential, { seenAt: due.seenAt, live: undefined });
    written.then((live) => {
      if (live === null) again();
    }, again);
  }

  /** Records what is due now; resolves when it is done. Failures are reported, never thrown. */
  async flush(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    this.#scheduled = undefined;
    const used: Used[] = [];
    for (const found of await Promise.all(due.map(([credential, one]) => this.#find(credential, one)))) {
      if (found !== null && this.#isStillDue(found)) used.push(found);
    }
    for (let at = 0; at < used.length; at += MOST_AT_ONCE)
      await this.#record(used.slice(at, at + MOST_AT_ONCE));
  }

  #schedule(credential: Credential, due: Due): void {
    // Until the store has said how long the session may idle, one look a second is enough.
    credential.touchDueAt = due.seenAt + (credential.idle === 0 ? 1000 : touchInterval(credential.idle));
    this.#due.set(credential, due);
    this.#scheduled ??= setImmediate(() => void this.flush());
  }

  #find(credential: Credential, { seenAt, live }: Due): Awaitable<Used | null> {
    // What its request has read a moment ago, and nobody here has changed since, need not be read again: the store takes
    // no touch for another version.
    if (live !== undefined && live === credential.known) return { live, seenAt };
    return attempt<Used | null>(
      () =>
        chain(this.#records.find(credential, seenAt, seenAt, silentExceptErrors(this.#reporter)), (found) =>
          found === null ? null : { live: found, seenAt },
        ),
      () => null,
    );
  }

  // Others may have recorded it, or what came after: that is remembered as well.
  #isStillDue({ live, seenAt }: Used): boolean {
    const { credential, header } = live;
    const interval = touchInterval(header.idle);
    const isDue = seenAt - live.seenAt >= interval;
    credential.idle = header.idle;
    credential.seenAt = Math.max(credential.seenAt, seenAt);
    credential.touchDueAt = (isDue ? seenAt : live.seenAt) + interval;
    return isDue;
  }

  #record(used: readonly Used[]): Awaitable<void> {
    return attempt(
      () => this.#records.touch(used, this.#clock.now(), this.#reporter),
      () => undefined,
    );
  }
}

// A page's images come with the cookie of a session that is over as well; that is no event of its own.
function silentExceptErrors(reporter: Reporter): Reporter {
  return {
    report: (type, fields, about) => {
      if (HEARD.has(type)) reporter.report(type, fields, about);
    },
  };
}

const HEARD: ReadonlySet<SessionEventName> = new Set<SessionEventName>([
  "store_error",
  "session_expired",
  "session_unreadable",
  "session_renewed",
  "session_replayed",
]);
