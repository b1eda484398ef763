/**
 * Options of {@link session} that mean nothing, or something else, for sessions that their clients carry.
 *
 * @module
 */
import { HoldfastError } from "../errors.ts";
import { CookieStore } from "../store/cookie.ts";
import type { SessionOptions } from "./options.ts";

const NEED_A_SERVER = {
  maxSessions: "Nobody can count sessions that their clients carry",
  onLimit: "Nobody can count sessions that their clients carry",
  renew:
    "A client that carries its session can present an old secret with an old session, so renewing it ends nothing",
  renewGrace: "Sessions that their clients carry are not renewed",
  onReplay: "Sessions that their clients carry are not renewed, so that no secret of theirs is ever replaced",
} as const satisfies Partial<Record<keyof SessionOptions, string>>;

/**
 * The options, without renewal where the cookie store is used.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_STORE_CANNOT`
 */
export function fitForCarrying(options: SessionOptions): SessionOptions {
  if (!(options.store instanceof CookieStore)) return options;
  for (const [name, why] of Object.entries(NEED_A_SERVER)) {
    const value = Reflect.get(options, name);
    if (value === undefined || (name === "renew" && value === false)) continue;
    throw new HoldfastError(
      "ERR_HOLDFAST_STORE_CANNOT",
      `${why}: leave \`${name}\` out, or use a store on the server.`,
    );
  }
  return Object.assign(Object.create(null), options, { renew: false });
}
