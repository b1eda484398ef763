/**
 * A session's data as text, and the changes of one request as keys.
 *
 * @module
 */

/** A session's data as JSON, without its cookie. */
export function dataJson(session: { readonly cookie?: unknown }): string {
  const { cookie: _, ...data } = session;
  return JSON.stringify(data);
}

/** Returns what it is given, so that a derived class puts its private field on an object made elsewhere. */
class Foreign {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is the point
    return object;
  }
}

/** Private fields on a session object. */
class SessionFields extends Foreign {
  /** The data that the store is known to have. */
  #json: string | undefined;
  /** Stored data under names of the session's own. */
  #hidden: object | undefined;

  static jsonOf(session: object): string | undefined {
    return #json in session ? (session as SessionFields).#json : undefined;
  }

  static hiddenOf(session: object): object | undefined {
    return #json in session ? (session as SessionFields).#hidden : undefined;
  }

  static note(session: object, json: string): void {
    SessionFields.#of(session).#json = json;
  }

  static hide(session: object, name: string, value: unknown): void {
    const fields = SessionFields.#of(session);
    fields.#hidden ??= {};
    define(fields.#hidden, name, value);
  }

  static #of(session: object): SessionFields {
    return #json in session ? (session as SessionFields) : new SessionFields(session);
  }
}

/** Remembers what the store has of a session. */
export function noteStored(session: object, json: string): void {
  SessionFields.note(session, json);
}

/** What the store had of a session when it was last read or written here; `undefined`: nothing. */
export function storedJson(session: object): string | undefined {
  return SessionFields.jsonOf(session);
}

/** Puts stored data on a session: as properties, but for what would replace the session's own. */
export function putData(session: object, data: object): void {
  for (const [name, value] of Object.entries(data)) {
    if (RESERVED.has(name)) SessionFields.hide(session, name, value);
    else Reflect.set(session, name, value);
  }
}

/** What the store is given: the session, with the data that it does not show. */
export function recordOf<Record extends object>(session: Record): Record {
  const hidden = SessionFields.hiddenOf(session);
  if (hidden === undefined) return session;
  const record = { ...session };
  for (const [name, value] of Object.entries(hidden)) define(record, name, value);
  return record;
}

// An assignment to `__proto__` would be none.
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}

/** A session's own names. Stored data of such a name is kept, and not shown. */
const RESERVED: ReadonlySet<string> = new Set([
  "__proto__",
  "destroy",
  "id",
  "regenerate",
  "reload",
  "req",
  "resetMaxAge",
  "save",
  "touch",
]);

/**
 * Takes into a session what others have stored since: each key that this request has left alone becomes as it is in
 * the store.
 *
 * @param before - the data as this request found it
 * @param stored - what the store has now
 */
export function takeIn(session: object, before: string, stored: object): void {
  const old: object = JSON.parse(before);
  for (const name of new Set([...Object.keys(old), ...Object.keys(stored)])) {
    if (name === "cookie" || RESERVED.has(name)) continue;
    const was = textOf(old, name);
    if (textOf(stored, name) === was || textOf(session, name) !== was) continue;
    if (Object.hasOwn(stored, name)) Reflect.set(session, name, Reflect.get(stored, name));
    else Reflect.deleteProperty(session, name);
  }
}

function textOf(data: object, name: string): string | undefined {
  return Object.hasOwn(data, name) ? JSON.stringify(Reflect.get(data, name)) : undefined;
}
