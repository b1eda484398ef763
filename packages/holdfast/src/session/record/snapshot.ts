import { JSON_BYTES_PER_BYTE, type PlainObject, plainCopy, pour } from "./plain-data.ts";

/**
 * A session's data at one moment. It never changes, and what it hands out is the caller's own.
 *
 * It holds the data as JSON, as plain objects, or both, and makes one from the other when it must: a session that lives in
 * this process's memory is never serialised, and one that is read again unchanged is not parsed again.
 */
export class Snapshot {
  #json: string | undefined;
  /** Never handed out. */
  #plain: PlainObject | undefined;
  #parsed = false;
  /** About how many bytes of memory it takes, or will when it is read again. */
  readonly byteLength: number;

  private constructor(json: string | undefined, plain: PlainObject | undefined, byteLength: number) {
    this.#json = json;
    this.#plain = plain;
    this.byteLength = byteLength;
  }

  /** Of a new session. */
  static readonly EMPTY: Snapshot = new Snapshot("{}", undefined, 2);

  /** @param json - of an object */
  static ofJson(json: string): Snapshot {
    // A text that JSON.stringify has left in pieces takes a third more memory: V8 joins them when somebody looks into it.
    if (json.charCodeAt(0) !== OPENING_BRACE) throw new TypeError("This is not the JSON of an object.");
    return new Snapshot(json, undefined, MOST_GROWTH * (json.length + 100));
  }

  get json(): string {
    return this.#json ?? JSON.stringify(this.#plain);
  }

  /** True if its JSON takes at most so many bytes of UTF-8. */
  fits(bytes: number): boolean {
    // Only what is long needs counting.
    const most = this.#json === undefined ? this.byteLength * JSON_BYTES_PER_BYTE : this.#json.length * 3;
    return most <= bytes || Buffer.byteLength(this.json) <= bytes;
  }

  /** True where the data is kept as objects, so that {@link Snapshot.next} can tell what has changed. */
  get comparable(): boolean {
    return this.#plain !== undefined;
  }

  /**
   * The own properties of `object`, which may have changed since: `this` if they certainly have not, `undefined` if they are
   * not plain data.
   */
  next(object: object): Snapshot | undefined {
    const plain = this.#plain;
    const copy = plainCopy(object, plain);
    if (copy === undefined) return undefined;
    return copy.data === plain ? this : new Snapshot(undefined, copy.data, copy.bytes);
  }

  /**
   * Gives `target` the data.
   *
   * @param except - keys that it does not get; always the same ones, since a copy without them may be kept
   */
  pourInto(target: PlainObject, except: ReadonlySet<string>): void {
    // Shared by all: it must stay what it is.
    if (this === Snapshot.EMPTY) return;
    if (this.#plain !== undefined) return pour(this.#plain, target);
    const data: PlainObject = JSON.parse(this.json);
    for (const key of Object.keys(data)) if (except.has(key)) delete data[key];
    // Most are read once. What is read again will be once more.
    if (this.#parsed) this.#keepAsObjects(data);
    this.#parsed = true;
    for (const key of Object.keys(data)) target[key] = data[key];
  }

  #keepAsObjects(data: PlainObject): void {
    const copy = plainCopy(data);
    // Many small objects take far more room than their text, for which nobody has reckoned.
    if (copy === undefined || copy.bytes > this.byteLength) return;
    this.#plain = copy.data;
    this.#json = undefined;
  }
}

const OPENING_BRACE = 0x7b;

/** How many times its text data may take as objects. */
const MOST_GROWTH = 3;
