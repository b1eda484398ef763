/**
 * How long sessions live.
 *
 * @module
 */
import type { Setup } from "../setup.ts";
import { possible, type Value } from "../syntax/value.ts";
import {
  attribute,
  COOKIE_LIBRARIES,
  left,
  maybe,
  numbers,
  type SetupRule,
  type Sight,
  STORE_LIBRARIES,
  storeOption,
} from "./setup-rule.ts";

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

/** RFC 6265bis 5.5: browsers keep no cookie longer. In days. */
const LONGEST = 400;

/** NIST SP 800-63B-4 2.1.3: the longest that any of its levels lets a session live, in days. */
const LONG = 30;

export const LIFE_RULES: readonly SetupRule[] = [
  {
    id: "max-age-units",
    level: "warning",
    row: "COOK-05",
    source: "OWASP Session Management",
    why: "The cookie is gone before its user can do anything with it; the number was probably meant in another unit.",
    libraries: ["express-session", "holdfast/compat", "cookie-session", "@fastify/session"],
    look: (setup) => {
      const maxAge = setup.cookie("maxAge");
      const [short] = numbers(maxAge).filter((number) => number > 0 && number < 10 * SECOND);
      return short === undefined
        ? undefined
        : { at: setup.at(maxAge), what: `\`maxAge\` is ${short} milliseconds` };
    },
    instead: (library) => attribute(library, "maxAge: 60 * 60 * 1000"),
    holdfast: 'session({ cookie: { maxAge: "1h" } })',
  },
  {
    id: "max-age-long",
    level: "warning",
    row: "COOK-05",
    source: "NIST SP 800-63B-4 2.1.3, 5.1; RFC 6265bis 5.5",
    why: "A stolen or forgotten cookie opens the session for as long; browsers keep none for more than 400 days.",
    libraries: COOKIE_LIBRARIES,
    look: maxAgeLong,
    instead: (library) =>
      library.name === "iron-session"
        ? "ttl: 60 * 60 * 24"
        : attribute(library, "maxAge: 24 * 60 * 60 * 1000"),
    holdfast:
      'session({ idle: "30m", absolute: "12h" })  // and `remember` at sign-in, for those who ask for it',
  },
  {
    id: "max-age-missing",
    level: "note",
    row: "LIFE-04",
    source: "ASVS 7.3.1, 7.3.2",
    why: "No limit is written down: how long a session counts on the server is the store's default, if it has one.",
    libraries: STORE_LIBRARIES,
    look: (setup) => {
      const [maxAge, expires] = [setup.cookie("maxAge"), setup.cookie("expires")];
      const none = left(maxAge) || maybe(maxAge, null);
      if (!none || !left(expires)) return undefined;
      return ttlGiven(setup.option("store"), setup)
        ? undefined
        : { at: setup.at(maxAge), what: "neither `maxAge` nor the store's `ttl` is set" };
    },
    instead: (library) => attribute(library, "maxAge: 30 * 60 * 1000"),
    holdfast: 'session({ idle: "30m", absolute: "12h" })  // the defaults, kept by the server\'s clock',
  },
  {
    id: "expires-fixed",
    level: "warning",
    row: "COOK-05",
    source: "OWASP Session Management",
    why: "The date is made once, when the app starts: later on every new cookie is expired as it is set.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const expires = setup.cookie("expires");
      return possible(expires).some(({ kind }) => kind === "made")
        ? { at: setup.at(expires), what: "`expires` is a fixed date" }
        : undefined;
    },
    instead: (library) => attribute(library, "maxAge: 30 * 60 * 1000"),
    holdfast: 'session({ cookie: { maxAge: "30m" } })',
  },
  {
    id: "rolling-forever",
    level: "warning",
    row: "LIFE-05",
    source: "ASVS 7.3.2; NIST SP 800-63B-4 5.2",
    why: "Each reply starts the time anew and nothing ends the session as a whole: a stolen cookie is kept alive by using it.",
    libraries: ["express-session", "holdfast/compat"],
    look: (setup) => {
      const rolling = setup.option("rolling");
      return maybe(rolling, true)
        ? { at: setup.at(rolling), what: "`rolling` is true, and there is no absolute limit" }
        : undefined;
    },
    instead: () => "also a date in the session at sign-in, checked by a middleware of your own",
    holdfast: 'session({ idle: "30m", absolute: "12h" })',
  },
];

function maxAgeLong(setup: Setup): Sight | undefined {
  const { library } = setup;
  // iron-session's seal ends after `ttl`, and 0 means that it does not; the cookie follows it.
  const [name, value] =
    library.name === "iron-session" && !left(setup.option("ttl"))
      ? ["ttl", setup.option("ttl")]
      : ["maxAge", setup.cookie("maxAge")];
  const at = setup.at(value);
  const days = Math.max(0, ...numbers(value).map((number) => (number * library.maxAgeUnit) / DAY));
  if (name === "ttl" && maybe(value, 0)) return { at, what: "`ttl` is 0: the seal never expires" };
  const long = tooLong(days);
  return long === undefined ? undefined : { at, what: `\`${name}\` is ${long}` };
}

/** How long too long a life is, if it is. */
export function tooLong(days: number): string | undefined {
  const rounded = Math.round(days);
  if (days > LONGEST) return `${rounded} days, and browsers keep ${LONGEST}`;
  return days > LONG ? `${rounded} days` : undefined;
}

/** Whether the store was told how long to keep sessions, or cannot be read. */
function ttlGiven(store: Value, setup: Setup): boolean {
  return possible(store).some((one) => {
    if (one.kind !== "made") return one.kind !== "absent" && one.kind !== "literal";
    return ["ttl", "ttlSeconds"].some((name) => storeOption(one, name, setup).kind !== "absent");
  });
}
