import { cookieNames } from "../../cookie/name.ts";
import { scanCookies } from "../../cookie/scan.ts";
import type { CookieSettings } from "../../cookie/settings.ts";

/** Cookies of the name beyond these are not looked at. */
const MOST_CANDIDATES = 4;

const PAST = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

/**
 * The short-lived cookie beside the session's own. A browser takes it for the bound one only if it has exactly the
 * attributes that its instructions name, so both are made of the same text: no `Max-Age` there, no `Priority` here.
 */
export class BoundCookie {
  /** Chromium binds no cookie named `__Host-Http-…`. */
  readonly name: string;
  readonly attributes: string;

  constructor({ plainName, path, sameSite }: CookieSettings) {
    this.name = cookieNames(`${plainName}-bound`, path === "/").secureName;
    this.attributes = `Path=${path}; Secure; HttpOnly; SameSite=${sameSite}`;
  }

  /** @param life - in milliseconds */
  set(value: string, life: number): string {
    return `${this.name}=${value}; Max-Age=${Math.max(1, Math.floor(life / 1000))}; ${this.attributes}`;
  }

  clear(): string {
    return `${this.name}=; ${PAST}; ${this.attributes}`;
  }

  in(header: string | undefined): readonly string[] {
    return scanCookies(header, this.name, MOST_CANDIDATES);
  }
}
