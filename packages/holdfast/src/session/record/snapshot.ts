import { JSON_BYTES_PER_BYTE, type PlainObject, plainCopy, pour } from "./plain-data.ts";

/**
 * A session's data at one moment. It never changes, and what it hands out is the caller's own.
 *
 * It holds the data as JSON or as plain objects, and makes one from the other when it must: a session that lives in
 * this process's memory is never serialised, and one that is read again unchanged is not parsed again.
 */
export class Snapshot {
  /** JSON, or plain objects, which are never handed out. */
  #data: string | PlainObject;
  #parsed = false;
  /** About how many bytes of memory it takes, or will when it is read again. */
  readonly byteLength: number;

  private constructor(data: string | PlainObject, byteLength: number) {
    this.#data = data;
    this.byteLength = byteLength;
  }

  /** Of a new session. */
  static readonly EMPTY: Snapshot = new Snapshot("{}", 2);

  /** @param json - of an object */
  static ofJson(json: string): Snapshot {
    // A text that JSON.stringify has left in pieces takes a third more memory: V8 joins them when somebody looks into it.
    if (json.charCodeAt(0) !== OPENING_BRACE) throw new TypeError("This is not the JSON of an object.");
    return new Snapshot(json, MOST_GROWTH * (json.length + 100));
  }

  get json(): string {
    const data = this.#data;
    return typeof data === "string" ? data : JSON.stringify(data);
  }

  /** True if its JSON takes at most so many bytes of UTF-8. */
  fits(bytes: number): boolean {
    // Only what is long needs counting.
    const data = this.#data;
    const most = typeof data === "string" ? data.length * 3 : this.byteLength * JSON_BYTES_PER_BYTE;
    return most <= bytes || Buffer.byteLength(this.json) <= bytes;
  }

  /** True where the data is kept as objects, so that {@link Snapshot.next} can tell what has changed. */
  get comparable(): boolean {
    return typeof this.#data !== "string";
  }

  /**
   * The own properties of `object`, which may have changed since: `this` if they certainly have not, `undefined` if they are
   * not plain data.
   */
  next(object: object): Snapshot | undefined {
    const known = this.#data;
    const copy = plainCopy(object, typeof known === "string" ? undefined : known);
    if (copy === undefined) return undefined;
    return copy.data === known ? this : new Snapshot(copy.data, copy.bytes);
  }

  /**
   * Gives `target` the data.
   *
   * @param except - keys that it does not get; always the same ones, since a copy without them may be kept
   */
  pourInto(target: PlainObject, except: ReadonlySet<string>): void {
    // Shared by all: it must stay what it is.
    if (this === Snapshot.EMPTY) return;
    const known = this.#data;
    if (typeof known !== "string") return pour(known, target);
    const data: PlainObject = JSON.parse(known);
    for (const key of Object.keys(data)) if (except.has(key)) delete data[key];
    // Most are read once. What is read again will be once more.
    if (this.#parsed) {
      const copy = plainCopy(data);
      // Many small objects take far more room than their text, for which nobody has reckoned.
      if (copy !== undefined && copy.bytes <= this.byteLength) this.#data = copy.data;
    }
    this.#parsed = true;
    for (const key of Object.keys(data)) target[key] = data[key];
  }
}

const OPENING_BRACE = 0x7b;

/** How many times its text data may take as objects. */
const MOST_GROWTH = 3;
