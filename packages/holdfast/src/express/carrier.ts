/**
 * Sessions that their clients carry: what came in a request's cookies is the store of that request, and what became of it
 * goes back with the reply.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { type Awaitable, chain } from "../awaitable.ts";
import { DataCookies } from "../cookie/data-cookies.ts";
import { withSessionCookie } from "../cookie/session-cookie.ts";
import type { CookieSettings } from "../cookie/settings.ts";
import type { Random } from "../crypto/random.ts";
import { isRecordDue } from "../session/carried-activity.ts";
import type { Core } from "../session/core.ts";
import { cookieLifeOf, touchInterval } from "../session/limits.ts";
import type { Credential } from "../session/record/credentials.ts";
import { recordSeal } from "../session/record/record-seal.ts";
import { Records } from "../session/record/records.ts";
import type { Visit } from "../session/visit/visit.ts";
import { CarriedStore } from "../store/cookie/carried-store.ts";
import type { Jar, RecordSeal } from "../store/cookie/parts.ts";
import type { CookieStore } from "../store/cookie.ts";

/** What a deployment needs to let clients carry its sessions. */
export class Carrier {
  readonly core: Core;
  readonly store: CookieStore;
  readonly cookies: DataCookies;
  readonly seal: RecordSeal;

  constructor(core: Core, store: CookieStore, settings: CookieSettings, random: Random) {
    this.core = core;
    this.store = store;
    this.cookies = new DataCookies(settings, store.chunks);
    this.seal = recordSeal(core.keys, settings.secureName, random);
  }

  /**
   * True if a request need not open its session before it looks at it: the store answers at once, and the reply has no
   * activity to bring back.
   */
  mayWait(credentials: readonly Credential[], now: number, active: boolean): boolean {
    const { core, store } = this;
    if (!store.capabilities.sync || core.policy.rolling) return false;
    if (!active) return true;
    if (credentials.some((credential) => isRecordDue(credential, now))) return false;
    for (const credential of credentials) core.activity.noteArrival(credential, now);
    return true;
  }
}

/** One request's session on its way from the client and back. */
export class Carriage implements Jar {
  /** The deployment's, with this request's cookies for a store. */
  readonly core: Core;
  readonly #carrier: Carrier;
  readonly #store: CarriedStore;
  readonly #header: string | undefined;
  readonly #secure: boolean;
  readonly #isClosed: () => boolean;
  #texts: readonly string[] | undefined;
  /** What the reply sets; none: it deletes what is there; `undefined`: it leaves it. */
  #values: readonly string[] | undefined;

  /**
   * @param header - the request's `Cookie`
   * @param isClosed - true once the reply's headers are out
   */
  constructor(carrier: Carrier, header: string | undefined, secure: boolean, isClosed: () => boolean) {
    const { core, store, seal } = carrier;
    this.#carrier = carrier;
    this.#header = header;
    this.#secure = secure;
    this.#isClosed = isClosed;
    this.#store = new CarriedStore(store, seal, this);
    const calls = core.store.ofRequest(this.#store);
    const records = new Records(calls, core.records.codec, core.credentials, core.policy);
    this.core = { ...core, store: calls, records };
  }

  // ——— Jar ———

  get texts(): readonly string[] {
    this.#texts ??= this.#carrier.cookies.read(this.#header, this.#secure);
    return this.#texts;
  }

  get closed(): boolean {
    return this.#isClosed();
  }

  put(text: string): void {
    this.#values = this.#carrier.cookies.split(text);
  }

  clear(): void {
    this.#values = [];
  }

  // ——— the reply ———

  /** After the visit's own commit: what the client must have beside what was saved. */
  complete(visit: Visit, active: boolean): Awaitable<void> {
    const { live } = visit;
    if (this.closed || visit.inert) return undefined;
    if (live === null) return this.#store.sweep();
    const { credential, header, seenAt } = live;
    const { clock, records } = this.core;
    const now = clock.now();
    if (active && !visit.over && now - seenAt >= touchInterval(header.idle)) {
      return chain(records.touch([{ live, seenAt: now }], now, visit), () => undefined);
    }
    // Both cookies or neither: they end together.
    const resent = visit.cookie !== null && visit.cookie !== "clear" && this.#values === undefined;
    if (resent) this.#store.resend(credential.handle);
    return undefined;
  }

  /** The `Set-Cookie` headers of the session itself, by the cookie's name; none for a session that others have ended. */
  cookiesFor({ live, locked, inert }: Visit): ReadonlyMap<string, string> {
    const values = this.#values;
    if (values === undefined || inert) return NONE;
    const { cookies, core } = this.#carrier;
    const now = core.clock.now();
    const present = cookies.namesIn(this.#header, this.#secure);
    const carried = live ?? locked;
    const life = carried === null ? undefined : cookieLifeOf(carried.header, core.clock);
    return cookies.write(values, present, this.#secure, life, now);
  }

  writeHeaders(res: ServerResponse, visit: Visit): void {
    const headers = this.cookiesFor(visit);
    for (const [name, header] of headers) {
      res.setHeader("Set-Cookie", withSessionCookie(res.getHeader("Set-Cookie"), header, name));
    }
    if (headers.size > 0) res.setHeader("Cache-Control", "no-store");
  }
}

const NONE: ReadonlyMap<string, string> = new Map();
