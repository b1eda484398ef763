/**
 * The secret that cookies are signed or sealed with.
 *
 * @module
 */
import { checkStrength } from "../../../keys/secrets.ts";
import type { Library } from "../libraries.ts";
import type { Setup } from "../setup.ts";
import { isCall } from "../syntax/node.ts";
import { possible, type Value } from "../syntax/value.ts";
import { COOKIE_LIBRARIES, left, maybe, type SetupRule, type Sight } from "./setup-rule.ts";

const ALL = [...COOKIE_LIBRARIES, "holdfast"] as const;

const OURS = "session({ secret: process.env.SESSION_SECRET })  // npx holdfast keygen --env";

export const SECRET_RULES: readonly SetupRule[] = [
  {
    id: "secret-missing",
    level: "error",
    row: "KEY-02",
    source: "ASVS 11.2.3",
    why: "Without a secret nothing shows whether this app issued a cookie.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      // Unsigned cookies are a finding of their own.
      if (maybe(setup.cookie("signed"), false)) return undefined;
      const value = setup.secret();
      return left(value) ? { at: setup.at(value), what: `no \`${nameOf(setup)}\` is given` } : undefined;
    },
    instead: (library) => fromEnvironment(library),
    holdfast: OURS,
  },
  {
    id: "secret-weak",
    level: "error",
    row: "KEY-02",
    source: "ASVS 11.2.3",
    why: "Whoever guesses the secret signs cookies of their own, for any session id or any user.",
    libraries: ALL,
    look: (setup) => secretSight(setup, (secret, { fallback }) => (fallback ? undefined : weakness(secret))),
    instead: (library) => fromEnvironment(library),
    holdfast: OURS,
  },
  {
    id: "secret-in-source",
    level: "error",
    row: "KEY-05",
    source: "ASVS 13.3.1",
    why: "Everybody who can read the repository, a backup of it or a build can sign cookies of their own.",
    libraries: ALL,
    look: (setup) =>
      secretSight(setup, (secret, { fallback }) =>
        fallback || weakness(secret) !== undefined ? undefined : "stands in the source",
      ),
    instead: (library) => `a new one, for this one is known: ${fromEnvironment(library)}`,
    holdfast: OURS,
  },
  {
    id: "secret-fallback",
    level: "error",
    row: "KEY-02",
    source: "ASVS 11.2.3, 13.3.1",
    why: "Where the variable is missing the app starts all the same, with a secret that stands in the source.",
    libraries: ALL,
    look: (setup) =>
      secretSight(setup, (_, { fallback }) => (fallback ? "falls back to text in the source" : undefined)),
    instead: (library) => `${fromEnvironment(library)}, and no start without it`,
    holdfast: OURS,
  },
  {
    id: "secret-single",
    level: "note",
    row: "KEY-01",
    source: "ASVS 11.2.2, 13.3.4",
    why: "A single secret can only be replaced by logging everybody out, so it never is.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const [value, ...others] = possible(setup.secret());
      if (value === undefined || others.length > 0 || !isSingle(value)) return undefined;
      return {
        at: setup.at(value),
        what: `\`${nameOf(setup)}\` is one secret, without a place for the next one`,
      };
    },
    instead: (library) =>
      library.name === "iron-session"
        ? "password: { 2: process.env.NEW_SECRET, 1: process.env.SESSION_SECRET }"
        : `${library.secret[0]}: [process.env.NEW_SECRET, process.env.SESSION_SECRET]  // the first one signs`,
    holdfast: 'session({ secret: keyFile("data/keys.json", { rotate: "30d" }) })  // holdfast/keys',
  },
];

function nameOf({ library }: Setup): string {
  return library.secret[0] ?? "secret";
}

function fromEnvironment(library: Library): string {
  const [name] = library.secret;
  const variable = "process.env.SESSION_SECRET";
  return `${name}: ${name === "keys" ? `[${variable}]` : variable}`;
}

interface Written {
  /** It counts only where the variable before it is missing. */
  readonly fallback: boolean;
}

/** The first of the secrets, each of a list or of iron-session's numbered ones, about which there is something to say. */
function secretSight(
  setup: Setup,
  judge: (secret: string, written: Written) => string | undefined,
): Sight | undefined {
  const alternatives = possible(setup.secret());
  const fallback = alternatives.some(({ kind }) => kind !== "literal" && kind !== "absent");
  for (const value of alternatives.flatMap(secretsIn)) {
    if (value.kind !== "literal" || typeof value.value !== "string" || value.value === "") continue;
    const what = judge(value.value, { fallback: fallback && alternatives.includes(value) });
    if (what !== undefined) return { at: value.node, what: `\`${nameOf(setup)}\` ${what}` };
  }
  return undefined;
}

function secretsIn(value: Value): readonly Value[] {
  if (value.kind === "list") return value.items.flatMap((item) => possible(item));
  if (value.kind === "object") return [...value.properties.values()].flatMap((item) => possible(item));
  return [value];
}

function isSingle(value: Value): boolean {
  if (value.kind === "list") return value.items.length === 1;
  // A variable that something is done to may be a list: `process.env.SECRETS.split(",")`.
  if (value.kind === "environment") return !isCall(value.node);
  return value.kind === "literal" && typeof value.value === "string";
}

/** What is wrong with the secret; it is not shown, for what is in a report ends up in logs. */
function weakness(secret: string): string | undefined {
  try {
    checkStrength(secret, "", "");
    return undefined;
  } catch {
    const bytes = Buffer.byteLength(secret);
    return bytes < 32
      ? `stands in the source and has ${bytes} bytes, where at least 32 are needed`
      : "stands in the source and can be guessed: an example, a repetition or a sequence";
  }
}
