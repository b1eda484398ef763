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

/** A private field on a session object: the data of it that the store is known to have. */
class StoredSession extends Foreign {
  #json: string;

  private constructor(session: object, json: string) {
    super(session);
    this.#json = json;
  }

  static note(session: object, json: string): void {
    if (#json in session) (session as StoredSession).#json = json;
    else new StoredSession(session, json);
  }

  static jsonOf(session: object): string | undefined {
    return #json in session ? (session as StoredSession).#json : undefined;
  }
}

/** Remembers what the store has of a session. */
export function noteStored(session: object, json: string): void {
  StoredSession.note(session, json);
}

/** What the store had of a session when it was last read or written here; `undefined`: nothing. */
export function storedJson(session: object): string | undefined {
  return StoredSession.jsonOf(session);
}

/** A session's own names. Stored data of such a name is not shown, and does not replace what has it. */
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

/** True for names that stored data may have. */
export function isDataName(name: string): boolean {
  return !RESERVED.has(name);
}

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
    if (name === "cookie" || !isDataName(name)) continue;
    const was = textOf(old, name);
    if (textOf(stored, name) === was || textOf(session, name) !== was) continue;
    if (Object.hasOwn(stored, name)) Reflect.set(session, name, Reflect.get(stored, name));
    else Reflect.deleteProperty(session, name);
  }
}

function textOf(data: object, name: string): string | undefined {
  return Object.hasOwn(data, name) ? JSON.stringify(Reflect.get(data, name)) : undefined;
}
