/**
 * Recording that sessions are in use, seldom and after the reply: a request that only reads costs the store no write,
 * and a request that never looks at its session costs it nothing at all.
 *
 * @module
 */
import { attempt, chain } from "../awaitable.ts";
import type { Clock } from "../clock.ts";
import type { Reporter, SessionEventName } from "./events.ts";
import { touchInterval } from "./limits.ts";
import type { Credential } from "./record/credentials.ts";
import type { Live } from "./record/live.ts";
import type { Records } from "./record/records.ts";

export class Activity {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #due = new Map<Credential, number>();
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
    if (now >= credential.touchDueAt) this.#schedule(credential, now);
  }

  /** The session was loaded and is live. */
  noteUse(live: Live, now: number): void {
    const { credential, header, seenAt } = live;
    credential.idle = header.idle;
    credential.seenAt = now;
    if (now - seenAt >= touchInterval(header.idle)) {
      if (now >= credential.touchDueAt) this.#schedule(credential, now);
    } else {
      credential.touchDueAt = seenAt + touchInterval(header.idle);
      if (this.#due.size > 0) this.#due.delete(credential);
    }
  }

  /** The ids name no live session, or not one: there is nothing to record. */
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
    if (this.#due.size > 0 && (this.#due.get(credential) ?? 0) <= seenAt) this.#due.delete(credential);
  }

  /** Records what is due now; resolves when it is done. Failures are reported, never thrown. */
  async flush(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    this.#scheduled = undefined;
    await Promise.all(due.map(([credential, seenAt]) => this.#record(credential, seenAt)));
  }

  #schedule(credential: Credential, now: number): void {
    // Until the store has said how long the session may idle, one look a second is enough.
    credential.touchDueAt = now + (credential.idle === 0 ? 1000 : touchInterval(credential.idle));
    this.#due.set(credential, now);
    this.#scheduled ??= setImmediate(() => void this.flush());
  }

  #record(credential: Credential, seenAt: number): unknown {
    return attempt<unknown>(
      () =>
        chain(this.#records.find(credential, seenAt, seenAt, silentExceptErrors(this.#reporter)), (live) => {
          if (live === null) return;
          credential.idle = live.header.idle;
          credential.seenAt = Math.max(credential.seenAt, seenAt);
          credential.touchDueAt = live.seenAt + touchInterval(live.header.idle);
          if (seenAt < credential.touchDueAt) return;
          credential.touchDueAt = seenAt + touchInterval(live.header.idle);
          return this.#records.touch(live, seenAt, this.#clock.now(), this.#reporter);
        }),
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
