import type { IncomingMessage } from "node:http";
import { pooledRandom, systemRandom } from "../crypto/random.ts";
import { parseTimeout } from "../duration.ts";
import { checkOptions } from "./check-options.ts";
import type { CookieOptions } from "./cookie.ts";
import { deprecate } from "./deprecate.ts";
import { MemoryStore } from "./memory.ts";
import type { SessionOptions } from "./options.ts";
import { CookieSigner } from "./signature.ts";
import { warnOfMemory } from "./warnings.ts";
import { SessionWriter, STORE_TIMEOUT } from "./writer.ts";

/** The options of one middleware, checked and with their defaults. */
export interface Settings {
  readonly name: string;
  /** `undefined`: the request brings its own secret. */
  readonly signer: CookieSigner | undefined;
  readonly writer: SessionWriter;
  // Methods, for what the app gives asks for requests of its framework.
  makeId(req: IncomingMessage): string;
  cookieFor(req: IncomingMessage): CookieOptions | undefined;
  readonly resave: boolean;
  readonly saveUninitialized: boolean;
  readonly rolling: boolean;
  readonly proxy: unknown;
  readonly destroysUnset: boolean;
  readonly strict: boolean;
}

const random = pooledRandom(systemRandom);

/** @throws {HoldfastError} for options that are wrong, or belong to the main API */
export function settingsOf(options: SessionOptions | undefined): Settings {
  const given = options ?? {};
  checkOptions(given);
  const { secret, cookie, resave, saveUninitialized } = given;
  if (resave === undefined) deprecate("undefined resave option; provide resave option");
  if (saveUninitialized === undefined) {
    deprecate("undefined saveUninitialized option; provide saveUninitialized option");
  }
  if (!secret) deprecate("req.secret; provide secret option");
  const timeout =
    given.storeTimeout === undefined ? STORE_TIMEOUT : parseTimeout(given.storeTimeout, "storeTimeout");
  if (!given.store && process.env.NODE_ENV === "production") warnOfMemory();
  return {
    name: given.name || given.key || "connect.sid",
    signer: secret ? new CookieSigner(Array.isArray(secret) ? secret : [secret]) : undefined,
    writer: new SessionWriter(given.store || new MemoryStore(), timeout),
    makeId: given.genid || (() => random(24).toString("base64url")),
    cookieFor: typeof cookie === "function" ? cookie : () => cookie,
    resave: resave === undefined || Boolean(resave),
    saveUninitialized: saveUninitialized === undefined || Boolean(saveUninitialized),
    rolling: Boolean(given.rolling),
    proxy: given.proxy,
    destroysUnset: given.unset === "destroy",
    strict: given.strict === true,
  };
}
