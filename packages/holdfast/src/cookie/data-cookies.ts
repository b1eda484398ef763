/**
 * The cookies that carry a session itself, beside the one with its id: `NAME.data`, and `NAME.data.1` and so on where it
 * may be spread over several. The first character of the first one says how many there are.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { MOST_CHUNKS } from "../store/cookie/parts.ts";
import { scanCookies } from "./scan.ts";
import { SessionCookie } from "./session-cookie.ts";
import { type CookieSettings, LONGEST_MAX_AGE } from "./settings.ts";

/** What every browser keeps of one cookie: name, value and attributes together (RFC 6265 6.1). */
const LONGEST_COOKIE = 4096;

/** Cookies of one name beyond these are not looked at. */
const MOST_COPIES = 4;

const NONE: readonly string[] = [];

export class DataCookies {
  readonly #cookies: readonly SessionCookie[];
  readonly #chunks: number;
  readonly #room: readonly number[];

  /**
   * @param chunks - over how many cookies a session may be spread
   * @throws {HoldfastError} `ERR_HOLDFAST_COOKIE_NAME` if name and attributes leave no room for a value
   */
  constructor(settings: CookieSettings, chunks: number) {
    this.#chunks = chunks;
    this.#cookies = Array.from({ length: MOST_CHUNKS }, (_, index) => {
      const suffix = index === 0 ? ".data" : `.data.${index}`;
      const { secureName, plainName } = settings;
      return new SessionCookie({
        ...settings,
        secureName: secureName + suffix,
        plainName: plainName + suffix,
      });
    });
    this.#room = this.#cookies.map(
      (cookie) => LONGEST_COOKIE - cookie.set("", true, LONGEST_MAX_AGE, 0).length,
    );
    if (Math.min(...this.#room) < LONGEST_COOKIE / 2) {
      throw new HoldfastError(
        "ERR_HOLDFAST_COOKIE_NAME",
        "`name`, `cookie.path` and `cookie.domain` are too long to leave room in a cookie for a session.",
      );
    }
  }

  /**
   * What a request brings: a text for each copy of the cookies, where the client has several of different paths; an empty one
   * for what cannot be put together.
   */
  read(header: string | undefined, secure: boolean): readonly string[] {
    const [first = NONE, ...rest] = this.#cookies.map((cookie) =>
      scanCookies(header, cookie.nameFor(secure), MOST_COPIES),
    );
    if (first.length === 0) return rest.some((values) => values.length > 0) ? [""] : NONE;
    return first.map((value, copy) => {
      const count = Number(value[0]);
      if (!(count >= 1 && count <= MOST_CHUNKS)) return "";
      const others = rest.slice(0, count - 1).map((values) => values[copy]);
      return others.includes(undefined) ? "" : value.slice(1) + others.join("");
    });
  }

  /** All names over HTTPS (`secure`) or plain HTTP. */
  names(secure: boolean): readonly string[] {
    return this.#cookies.map((cookie) => cookie.nameFor(secure));
  }

  /** The names among them that a request has. */
  namesIn(header: string | undefined, secure: boolean): ReadonlySet<string> {
    return new Set(this.names(secure).filter((name) => scanCookies(header, name, 1).length > 0));
  }

  /**
   * The values of the cookies that carry `text`.
   *
   * @throws {HoldfastError} `ERR_HOLDFAST_TOO_LARGE`
   */
  split(text: string): readonly string[] {
    const values: string[] = [];
    let left = text;
    for (const room of this.#room.slice(0, this.#chunks)) {
      // The first one says how many there are.
      const size = values.length === 0 ? room - 1 : room;
      values.push(left.slice(0, size));
      left = left.slice(size);
      if (left === "") return [`${values.length}${values[0]}`, ...values.slice(1)];
    }
    throw this.#tooLarge(text);
  }

  /** The `Set-Cookie` headers, by name, that give these values and delete what `present` has beyond them. */
  write(
    values: readonly string[],
    present: ReadonlySet<string>,
    secure: boolean,
    life: number | undefined,
    now: number,
  ): ReadonlyMap<string, string> {
    const headers = new Map<string, string>();
    this.#cookies.forEach((cookie, index) => {
      const name = cookie.nameFor(secure);
      const value = values[index];
      if (value !== undefined) headers.set(name, cookie.set(value, secure, life, now));
      else if (present.has(name)) headers.set(name, cookie.clear(secure));
    });
    return headers;
  }

  #tooLarge(text: string): HoldfastError {
    const most = this.#room.slice(0, this.#chunks).reduce((sum, room) => sum + room, -1);
    return new HoldfastError(
      "ERR_HOLDFAST_TOO_LARGE",
      `The session takes ${text.length} bytes, sealed for its cookie, and ${most} are the most that ` +
        `${this.#chunks === 1 ? "one cookie holds" : `${this.#chunks} cookies hold`}. Keep less in it, ` +
        "let it have more cookies (`chunks` of CookieStore, at most 3), or keep sessions in a store on the server.",
    );
  }
}
