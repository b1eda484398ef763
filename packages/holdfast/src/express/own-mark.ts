import type { ServerResponse } from "node:http";
import { Foreign } from "./attachment.ts";

/** A private field on the response: some replies go out before anything hangs on their request. */
class ResponseWithOwnCookies extends Foreign {
  readonly #names: Set<string>;

  private constructor(res: ServerResponse, name: string) {
    super(res);
    this.#names = new Set([name]);
  }

  static mark(res: ServerResponse, name: string): void {
    if (#names in res) (res as unknown as ResponseWithOwnCookies).#names.add(name);
    else new ResponseWithOwnCookies(res, name);
  }

  static namesOn(res: ServerResponse): ReadonlySet<string> {
    return #names in res ? (res as unknown as ResponseWithOwnCookies).#names : NONE;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Says that the cookie of this name in this reply is the library's own. Those of a session need no mark. */
export function markOwnCookie(res: ServerResponse, name: string): void {
  ResponseWithOwnCookies.mark(res, name);
}

/** The names that {@link markOwnCookie} was given. */
export function markedCookies(res: ServerResponse): ReadonlySet<string> {
  return ResponseWithOwnCookies.namesOn(res);
}
