/**
 * Sessions of express-session: an id in a signed cookie, the record in a store.
 *
 * @module
 */
import { scanCookies } from "../cookie/scan.ts";
import { HoldfastError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";
import type { Deadlines } from "../session/outage/deadlines.ts";
import { ForeignCalls, type ForeignStore } from "../store/express-session/foreign-store.ts";
import { decodeCookieValue, unsign } from "./cookie-value.ts";
import { DEFAULT_SCOPE, scopeOf } from "./legacy-scope.ts";
import {
  type LegacyCredential,
  type LegacyServer,
  type LegacySession,
  type LegacySource,
  MOST_LEGACY_COOKIES,
} from "./legacy-source.ts";

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
  const text = decodeCookieValue(value);
  if (text === undefined || !text.startsWith("s:")) return undefined;
  const id = unsign(text.slice(2), secrets);
  return id === undefined || id.length > LONGEST_ID ? undefined : id;
}

class Records implements LegacyServer {
  readonly endAll: (() => Promise<void>) | undefined;
  readonly count: (() => Promise<number>) | undefined;
  readonly #calls: ForeignCalls;
  #connected = true;

  constructor(store: ForeignStore, { operation, patient }: Deadlines) {
    this.#calls = new ForeignCalls(store, operation);
    const slow = new ForeignCalls(store, patient);
    if (typeof store.clear === "function") this.endAll = () => slow.clear();
    if (typeof store.length === "function") this.count = async () => countIn(await slow.length());
    else if (typeof store.all === "function") this.count = async () => countIn(await slow.all());
    this.#watch(store);
  }

  async read(id: string, now: number): Promise<LegacySession | null> {
    this.#mustBeConnected();
    const record = await this.#calls.get(id);
    if (typeof record !== "object" || record === null) return null;
    const { cookie, ...data }: Record<string, unknown> = { ...record };
    const expiresAt = expiryOf(cookie);
    if (expiresAt !== undefined && expiresAt <= now) return null;
    return { data, expiresAt, scope: scopeOf(cookie) };
  }

  async end(id: string): Promise<void> {
    this.#mustBeConnected();
    await this.#calls.destroy(id);
  }

  // Such stores say with events whether they have their database. Asked meanwhile, some would wait for ever.
  #watch(store: object): void {
    if (!hasMethods(store, "on")) return;
    const on = (event: string, listener: () => void): unknown =>
      Reflect.apply(Reflect.get(store, "on"), store, [event, listener]);
    on("disconnect", () => {
      this.#connected = false;
    });
    on("connect", () => {
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

/** `cookie.expires` of a record: a date, or its ISO form; anything else says nothing. */
function expiryOf(cookie: unknown): number | undefined {
  if (typeof cookie !== "object" || cookie === null || !("expires" in cookie)) return undefined;
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
