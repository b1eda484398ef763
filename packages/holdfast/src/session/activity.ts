/**
 * Recording that sessions are in use, seldom and while nobody waits: a request that only reads costs the store no write,
 * and a request that never looks at its session costs it nothing at all.
 *
 * @module
 */
import { type Awaitable, attempt, chain, isPromise } from "../awaitable.ts";
import type { Clock } from "../clock.ts";
import type { Reporter, SessionEventName } from "./events.ts";
import { FRESH_MS } from "./fresh.ts";
import { touchInterval } from "./limits.ts";
import type { Credential } from "./record/credentials.ts";
import type { Live } from "./record/live.ts";
import type { Used } from "./record/record-writes.ts";
import type { Records } from "./record/records.ts";

/** How many sessions one operation of the store may concern: it gets no more time than any other. */
const MOST_AT_ONCE = 100;

/** How often what others write at the same moment is looked up again. */
const MOST_LOOKS = 3;

/** When to try again what could not be recorded, or may not have been. Milliseconds. */
const AGAIN_MS = 1000;

/** Activity that the store has yet to hear of. */
interface Due {
  /** Milliseconds since 1970. */
  readonly seenAt: number;
  /** The session as it was read for this; `undefined` if only its id was seen. */
  readonly live: Live | undefined;
  /** True while a write of its session is under way that may make it needless. */
  readonly waits: boolean;
}

export class Activity {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #due = new Map<Credential, Due>();
  readonly #recent = new Recent();
  #scheduled: NodeJS.Immediate | undefined;
  readonly #underWay = new Set<Promise<void>>();

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
    if (now >= credential.touchDueAt) this.#schedule(credential, now, undefined);
  }

  /** The session was loaded and is live. */
  noteUse(live: Live, now: number): void {
    const { credential, header, seenAt } = live;
    credential.idle = header.idle;
    credential.seenAt = now;
    if (now - seenAt >= touchInterval(header.idle)) {
      // The store's word of now counts for more than what it was sent some time ago: others may have undone that.
      const isSent = now < credential.touchDueAt && this.#recent.has(credential, now);
      if (!isSent || this.#due.has(credential)) this.#schedule(credential, now, live);
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
    if (this.#due.size > 0 && (this.#due.get(credential)?.seenAt ?? 0) <= seenAt)
      this.#due.delete(credential);
  }

  /** The session is being written or ended: what is due waits for that, and has its turn if it is due still. */
  noteWriting(credential: Credential, written: Promise<unknown>): void {
    if (this.#due.size === 0) return;
    const due = this.#due.get(credential);
    if (due === undefined) return;
    this.#due.set(credential, { ...due, waits: true });
    const again = (): void => {
      const left = this.#due.get(credential);
      if (left !== undefined) this.#schedule(credential, left.seenAt, undefined, false);
    };
    written.then(again, again);
  }

  /** Records all that is due, and waits for what is under way. Failures are reported, never thrown. */
  async settle(): Promise<void> {
    this.#flush([...this.#due]);
    await Promise.all(this.#underWay);
  }

  #schedule(
    credential: Credential,
    seenAt: number,
    live: Live | undefined,
    waits: boolean = this.#due.get(credential)?.waits === true,
  ): void {
    // Until the store has said how long the session may idle, one look a second is enough.
    credential.touchDueAt = seenAt + (credential.idle === 0 ? AGAIN_MS : touchInterval(credential.idle));
    this.#due.set(credential, { seenAt, live, waits });
    this.#recent.add(credential, this.#clock.now());
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#flush([...this.#due].filter(([, { waits }]) => !waits));
    });
  }

  #flush(due: readonly (readonly [Credential, Due])[]): void {
    const found: Used[] = [];
    for (const [credential, one] of due) {
      this.#due.delete(credential);
      const used = this.#find(credential, one);
      if (isPromise(used)) this.#follow(used.then((it) => this.#record(it === null ? [] : [it], MOST_LOOKS)));
      else if (used !== null) found.push(used);
    }
    for (let at = 0; at < found.length; at += MOST_AT_ONCE)
      this.#follow(this.#record(found.slice(at, at + MOST_AT_ONCE), MOST_LOOKS));
  }

  #follow(recording: Promise<void>): void {
    const over = (): void => {
      this.#underWay.delete(done);
    };
    const done = recording.then(over, over);
    this.#underWay.add(done);
  }

  // What its request has read a moment ago need not be read again: the store takes no touch for another version. After a
  // while others may have recorded later activity, which leaves the version.
  #find(credential: Credential, { seenAt, live }: Due): Awaitable<Used | null> {
    if (live !== undefined && Math.abs(this.#clock.now() - seenAt) < FRESH_MS) return { live, seenAt };
    return this.#look(credential, seenAt);
  }

  #look(credential: Credential, seenAt: number): Awaitable<Used | null> {
    const reporter = silentExceptErrors(this.#reporter);
    return attempt<Used | null>(
      () =>
        chain(this.#records.find(credential, seenAt, seenAt, reporter), (live) => live && { live, seenAt }),
      () => {
        credential.touchDueAt = seenAt + AGAIN_MS;
        return null;
      },
    );
  }

  /** Records these; looks again at those that somebody has written, or ended, meanwhile. */
  async #record(used: readonly Used[], looks: number): Promise<void> {
    for (const each of used) noteStored(each);
    const due = used.filter(isUnrecorded);
    if (due.length === 0) return;
    const skipped = await attempt<readonly Used[] | null>(
      () => this.#records.touch(due, this.#clock.now(), this.#reporter),
      () => null,
    );
    for (const { live, seenAt } of skipped ?? due) live.credential.touchDueAt = seenAt + AGAIN_MS;
    if (skipped !== null && looks > 0)
      await Promise.all(skipped.map((each) => this.#recordAnew(each, looks - 1)));
  }

  async #recordAnew({ live, seenAt }: Used, looks: number): Promise<void> {
    const latest = await this.#look(live.credential, seenAt);
    if (latest !== null) await this.#record([latest], looks);
  }
}

/** False if others have recorded it, or what came after. */
function isUnrecorded({ live, seenAt }: Used): boolean {
  return seenAt - live.seenAt >= touchInterval(live.header.idle);
}

/** Remembers what the store says of a session, and when its next activity is due. */
function noteStored(used: Used): void {
  const { live, seenAt } = used;
  const { credential, header } = live;
  credential.idle = header.idle;
  credential.seenAt = Math.max(credential.seenAt, seenAt);
  credential.touchDueAt = (isUnrecorded(used) ? seenAt : live.seenAt) + touchInterval(header.idle);
}

/** Whose activity has been sent to the store within about the last second. */
class Recent {
  readonly #credentials = new Set<Credential>();
  #since = 0;

  add(credential: Credential, now: number): void {
    if (this.#isOver(now)) {
      this.#credentials.clear();
      this.#since = now;
    }
    this.#credentials.add(credential);
  }

  has(credential: Credential, now: number): boolean {
    return !this.#isOver(now) && this.#credentials.has(credential);
  }

  #isOver(now: number): boolean {
    return Math.abs(now - this.#since) >= AGAIN_MS;
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
