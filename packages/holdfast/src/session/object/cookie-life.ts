import type { Clock } from "../../clock.ts";
import type { SessionCookieView } from "./types.ts";

/** `req.session.cookie`: what the cookie is like, and the one thing about it that can change: how long it lives. */
export class CookieLife implements SessionCookieView {
  /** True once the app has set a life. */
  changed = false;
  /** Milliseconds; 0: until the browser closes. */
  life: number;
  readonly httpOnly = true;
  readonly secure: boolean;
  readonly sameSite: "lax" | "strict" | "none";
  readonly path: string;
  readonly domain: string | undefined;
  readonly #clock: Clock;

  constructor(
    fixed: Pick<SessionCookieView, "secure" | "sameSite" | "path" | "domain">,
    life: number,
    clock: Clock,
  ) {
    this.secure = fixed.secure;
    this.sameSite = fixed.sameSite;
    this.path = fixed.path;
    this.domain = fixed.domain;
    this.life = life;
    this.#clock = clock;
  }

  /** What express-session shows of its cookie. */
  toJSON(): Record<string, unknown> {
    const { originalMaxAge, expires, httpOnly, secure, sameSite, path, domain } = this;
    return { originalMaxAge, expires, httpOnly, secure, sameSite, path, domain };
  }

  get originalMaxAge(): number | null {
    return this.life === 0 ? null : this.life;
  }

  get maxAge(): number | undefined {
    return this.life === 0 ? undefined : this.life;
  }
  set maxAge(life: number | null | undefined) {
    const next = typeof life === "number" && life > 0 ? life : 0;
    if (next === this.life) return;
    this.life = next;
    this.changed = true;
  }

  get expires(): Date | undefined {
    return this.life === 0 ? undefined : new Date(this.#clock.now() + this.life);
  }
  set expires(date: Date | null | undefined) {
    this.maxAge = date instanceof Date ? date.getTime() - this.#clock.now() : undefined;
  }
}
