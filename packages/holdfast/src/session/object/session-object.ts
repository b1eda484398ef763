/**
 * `req.session`: the app's data as plain own properties, and the session's own interface on the prototype, where
 * neither stored data nor an assignment can replace it.
 *
 * @module
 */
import { HoldfastError } from "../../errors.ts";
import type { Visit } from "../visit/visit.ts";
import type { Session, SessionCookieView, SessionData, SessionTimes } from "./types.ts";

type Callback = (error?: unknown) => void;

/** The object behind {@link Session}. Every method delegates to the request's {@link Visit}. */
export class SessionObject implements Session {
  [key: string]: unknown;
  #visit: Visit;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  get id(): string {
    return this.#visit.handle;
  }
  get handle(): string {
    return this.#visit.handle;
  }
  get cookie(): SessionCookieView {
    return this.#visit.cookieView;
  }
  get times(): SessionTimes | undefined {
    return this.#visit.times;
  }
  get expiresAt(): Date | undefined {
    // Idle or absolute, whichever comes first: the idle limit never reaches beyond the absolute one.
    return this.#visit.times?.idleExpiresAt;
  }
  get authenticatedAt(): Date | undefined {
    return this.#visit.authenticatedAt;
  }

  signIn(
    user: string | number,
    options: { remember?: boolean | undefined; keep?: readonly string[] | undefined } = {},
  ): Promise<void> {
    return this.#visit.signIn(user, options);
  }

  signOut(): Promise<void> {
    return this.#visit.signOut();
  }

  update(change: (session: Session & Partial<SessionData>) => unknown): Promise<void> {
    return this.#visit.update(() => change(this));
  }

  regenerate(options?: { keep?: readonly string[] | undefined }): Promise<void>;
  regenerate(callback: Callback): this;
  regenerate(argument?: { keep?: readonly string[] | undefined } | Callback): Promise<void> | this {
    if (typeof argument === "function") return this.#callBack(() => this.#visit.regenerate([]), argument);
    return this.#visit.regenerate(argument?.keep ?? []);
  }

  destroy(): Promise<void>;
  destroy(callback: Callback): this;
  destroy(callback?: Callback): Promise<void> | this {
    return this.#either(() => this.#visit.destroy(), callback);
  }

  reload(): Promise<void>;
  reload(callback: Callback): this;
  reload(callback?: Callback): Promise<void> | this {
    return this.#either(() => this.#visit.reload(), callback);
  }

  save(): Promise<void>;
  save(callback: Callback): this;
  save(callback?: Callback): Promise<void> | this {
    return this.#either(() => this.#visit.save(), callback);
  }

  touch(): this {
    this.#visit.touch();
    return this;
  }

  resetMaxAge(): this {
    this.#visit.touch();
    return this;
  }

  #either(action: () => Promise<void>, callback: Callback | undefined): Promise<void> | this {
    return callback === undefined ? action() : this.#callBack(action, callback);
  }

  #callBack(action: () => Promise<void>, callback: Callback): this {
    action().then(
      // Out of the promise, so that what the callback throws is the app's own uncaught error and no rejection of ours.
      () => process.nextTick(callback),
      (error) => process.nextTick(callback, error),
    );
    return this;
  }
}

/** Names that data may not use: assigning to them throws `ERR_HOLDFAST_RESERVED_NAME`, stored ones are ignored. */
export const reservedNames: ReadonlySet<string> = reserve(SessionObject.prototype);

function reserve(prototype: object): ReadonlySet<string> {
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
  for (const name of names) {
    const { value, get } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    Object.defineProperty(prototype, name, {
      get: get ?? (() => value),
      set: refuse(name),
      enumerable: false,
    });
  }
  Object.defineProperty(prototype, "__proto__", { get: () => prototype, set: refuse("__proto__") });
  return new Set([...names, "__proto__"]);
}

function refuse(name: string): () => never {
  return () => {
    throw new HoldfastError(
      "ERR_HOLDFAST_RESERVED_NAME",
      `req.session.${name} belongs to the session's own interface. Store the data under another key.`,
    );
  };
}

/** The JSON of a session without data. */
export const EMPTY = "{}";

/** Makes `data` the whole of the session's data. */
export function fill(session: SessionObject, data: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(session)) delete session[key];
  for (const key of Object.keys(data)) if (!reservedNames.has(key)) session[key] = data[key];
}

/**
 * The session's data as JSON.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_NOT_JSON` for what JSON cannot carry; `ERR_HOLDFAST_TOO_LARGE` beyond `maxBytes`
 */
export function serialise(session: SessionObject, known: string, maxBytes: number): string {
  let json: string;
  try {
    json = JSON.stringify(session);
  } catch (error) {
    throw new HoldfastError("ERR_HOLDFAST_NOT_JSON", undefined, { cause: error });
  }
  const depth = json === known ? 1 : DEEPEST;
  if (!isJson(session, depth)) throw new HoldfastError("ERR_HOLDFAST_NOT_JSON", culprit(session, depth));
  // A character takes at most three bytes of UTF-8: only long texts need counting.
  if (json !== known && json.length * 3 > maxBytes && Buffer.byteLength(json) > maxBytes) {
    throw new HoldfastError("ERR_HOLDFAST_TOO_LARGE");
  }
  return json;
}

const DEEPEST = 32;

// JSON.stringify drops functions, symbols and the content of Maps and Sets without a word.
function isJson(value: object, depth: number): boolean {
  if (depth === 0 || isUnknownToJson(value)) return depth === 0;
  const data = value as Readonly<Record<string, unknown>>;
  for (const key in data) {
    const item = data[key];
    if (typeof item === "object") {
      if (item !== null && !hasToJson(item) && !isJson(item, depth - 1)) return false;
    } else if ((typeof item === "function" || typeof item === "symbol") && Object.hasOwn(data, key)) {
      return false;
    }
  }
  return true;
}

function hasToJson(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}

function isUnknownToJson(value: unknown): boolean {
  return (
    typeof value === "function" || typeof value === "symbol" || value instanceof Map || value instanceof Set
  );
}

/** Says which value of the session JSON cannot carry. */
function culprit(value: unknown, depth: number, path = "req.session"): string | undefined {
  if (isUnknownToJson(value)) {
    const kind = typeof value === "object" && value !== null ? value.constructor.name : typeof value;
    return `${path} is a ${kind}, which JSON cannot carry. Store plain data.`;
  }
  if (depth === 0 || typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = culprit(item, depth - 1, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
