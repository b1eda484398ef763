/**
 * Sessions of express-session: an id in a signed cookie, the record in a store.
 *
 * @module
 */
import { decodeCookieValue } from "../cookie/decode-value.ts";
import { scanCookies } from "../cookie/scan.ts";
import { HoldfastError } from "../errors.ts";
import type { Deadlines } from "../session/outage/deadlines.ts";
import {
  ForeignCalls,
  type ForeignSession,
  type ForeignStore,
} from "../store/express-session/foreign-store.ts";
import { LONGEST_COOKIE, unsign } from "./cookie-value.ts";
import { isObject } from "./json-object.ts";
import { DEFAULT_SCOPE, scopeOf } from "./legacy-scope.ts";
import {
  type LegacyCredential,
  type LegacyServer,
  type LegacySession,
  type LegacySource,
  MOST_LEGACY_COOKIES,
} from "./legacy-source.ts";
import { withoutId } from "./without-id.ts";

/** What the source is made from, checked. */
export interface ExpressSessionSettings {
  readonly name: string;
  readonly secrets: readonly string[];
  readonly store: ForeignStore;
  readonly deadlines: Deadlines;
}

export function expressSessionSource(settings: ExpressSessionSettings): LegacySource {
  const { name, secrets, store, deadlines } = settings;
  const server = new Records(store, deadlines);
  return {
    from: "express-session",
    cookieNames: [name],
    scope: DEFAULT_SCOPE,
    server,
    find(header) {
      const values = scanCookies(header, name, MOST_LEGACY_COOKIES);
      if (values.length === 0) return undefined;
      const ids = values.map((value) => idIn(value, secrets)).filter((id) => id !== undefined);
      return [...new Set(ids)].map((id): LegacyCredential => ({ id, load: (now) => server.read(id, now) }));
    },
  };
}

const LONGEST_ID = 256;

/** The id in `s:<id>.<signature>`. */
function idIn(value: string, secrets: readonly string[]): string | undefined {
  if (value.length > LONGEST_COOKIE) return undefined;
  const text = decodeCookieValue(value);
  if (!text.startsWith("s:")) return undefined;
  const id = unsign(text.slice(2), secrets);
  return id === undefined || id.length > LONGEST_ID ? undefined : id;
}

class Records implements LegacyServer {
  readonly endAll: (() => Promise<void>) | undefined;
  readonly count: (() => Promise<number>) | undefined;
  readonly #calls: ForeignCalls;
  readonly #touches: boolean;
  #connected = true;

  constructor(store: ForeignStore, { operation, patient }: Deadlines) {
    this.#calls = new ForeignCalls(store, operation);
    const slow = new ForeignCalls(store, patient);
    this.#touches = typeof store.touch === "function";
    if (typeof store.clear === "function") this.endAll = () => slow.clear();
    if (typeof store.length === "function") this.count = async () => countIn(await slow.length());
    else if (typeof store.all === "function") this.count = async () => countIn(await slow.all());
    this.#watch(store);
  }

  async read(id: string, now: number): Promise<LegacySession | null> {
    return sessionIn(await this.#record(id), now);
  }

  async readInUse(id: string, now: number): Promise<LegacySession | null> {
    const record = await this.#record(id);
    const session = sessionIn(record, now);
    const renewed = session === null || !this.#touches ? undefined : inUse(record, session.expiresAt, now);
    // As with any activity: a session goes on that could not be said to be in use.
    if (renewed !== undefined) await this.#calls.touch(id, renewed).catch(() => undefined);
    return session;
  }

  #record(id: string): Promise<unknown> {
    this.#mustBeConnected();
    return this.#calls.get(id).catch((error: unknown) => {
      throw withoutId(error, id);
    });
  }

  async end(id: string): Promise<void> {
    this.#mustBeConnected();
    await this.#calls.destroy(id).catch((error: unknown) => {
      throw withoutId(error, id);
    });
  }

  // Such stores say with events whether they have their database. Asked meanwhile, some would wait for ever.
  #watch(store: ForeignStore): void {
    store.on?.("disconnect", () => {
      this.#connected = false;
    });
    store.on?.("connect", () => {
      this.#connected = true;
    });
  }

  #mustBeConnected(): void {
    if (this.#connected) return;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_UNAVAILABLE",
      "The store of express-session has no connection. Try again in a moment.",
    );
  }
}

function sessionIn(record: unknown, now: number): LegacySession | null {
  if (!isObject(record)) return null;
  const { cookie, ...data } = record;
  const expiresAt = expiryOf(cookie);
  if (expiresAt !== undefined && expiresAt <= now) return null;
  return { data, expiresAt, scope: scopeOf(cookie) };
}

/**
 * The record as express-session touches it with each request: its cookie's time begins anew. `undefined` while most of that
 * is left. Where the cookie has none the store has a time of its own, of which nothing is known here.
 */
function inUse(record: unknown, expiresAt: number | undefined, now: number): ForeignSession | undefined {
  if (!isObject(record) || !isObject(record.cookie)) return undefined;
  const { originalMaxAge } = record.cookie;
  if (typeof originalMaxAge !== "number")
    return { ...record, cookie: { ...record.cookie, originalMaxAge: null } };
  if (expiresAt !== undefined && expiresAt - now > originalMaxAge * 0.9) return undefined;
  const expires = new Date(now + originalMaxAge);
  return { ...record, cookie: { ...record.cookie, originalMaxAge, expires } };
}

/** `cookie.expires` of a record: a date, or its ISO form; anything else says nothing. */
function expiryOf(cookie: unknown): number | undefined {
  if (!isObject(cookie)) return undefined;
  const { expires } = cookie;
  if (!(expires instanceof Date) && typeof expires !== "string") return undefined;
  const at = new Date(expires).getTime();
  return Number.isNaN(at) ? undefined : at;
}

function countIn(found: unknown): number {
  if (typeof found === "number" && Number.isFinite(found)) return found;
  if (Array.isArray(found)) return found.length;
  return typeof found === "object" && found !== null ? Object.keys(found).length : 0;
}
