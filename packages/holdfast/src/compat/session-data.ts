/**
 * A session's data as text, and the changes of one request as keys.
 *
 * @module
 */

/** A session's data as JSON, without its cookie. */
export function dataJson(session: object): string {
  const { cookie: _, ...data } = session as { cookie?: unknown };
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

/**
 * Takes into a session what others have stored since: each key that this request has not touched itself becomes as it
 * is in the store.
 *
 * @param before - the data as this request found it
 * @param now - the data as the store has it
 */
export function takeIn(session: object, before: string, now: string): void {
  const old: Record<string, unknown> = JSON.parse(before);
  const current: Record<string, unknown> = JSON.parse(now);
  for (const name of new Set([...Object.keys(old), ...Object.keys(current)])) {
    if (name === "__proto__" || textOf(old, name) === textOf(current, name)) continue;
    const touched = textOf(session, name) !== textOf(old, name);
    if (touched) continue;
    if (Object.hasOwn(current, name)) Reflect.set(session, name, current[name]);
    else Reflect.deleteProperty(session, name);
  }
}

function textOf(data: object, name: string): string | undefined {
  return Object.hasOwn(data, name) ? JSON.stringify(Reflect.get(data, name)) : undefined;
}
