import type { Rule } from "../finding.ts";
import type { Library, LibraryName } from "../libraries.ts";
import type { Setup } from "../setup.ts";
import type { SyntaxNode } from "../syntax/node.ts";
import { ABSENT, possible, propertyOf, type Value } from "../syntax/value.ts";

/** Something that a rule has seen, and where. */
export interface Sight {
  readonly at: SyntaxNode;
  readonly what: string;
}

/** A rule about the options of a session library. */
export interface SetupRule extends Rule {
  readonly libraries: readonly LibraryName[];
  readonly look: (setup: Setup) => Sight | undefined;
  /** What to write instead, in that library; `undefined` where it cannot be mended there. */
  readonly instead: (library: Library) => string | undefined;
}

/** Libraries whose option `cookie` or the like decides the cookie's attributes. */
export const COOKIE_LIBRARIES: readonly LibraryName[] = [
  "express-session",
  "holdfast/compat",
  "cookie-session",
  "iron-session",
  "@fastify/session",
];

/** Libraries that keep sessions in a store, and make them with a `saveUninitialized`. */
export const STORE_LIBRARIES: readonly LibraryName[] = [
  "express-session",
  "holdfast/compat",
  "@fastify/session",
];

/** An attribute of the cookie, as it is written in that library: `cookie: { secure: true }`. */
export function attribute({ attributes }: Library, written: string): string {
  return attributes === undefined ? written : `${attributes}: { ${written} }`;
}

/** Whether the value may be one of these literals. */
export function maybe(value: Value, ...literals: readonly unknown[]): boolean {
  return possible(value).some((one) => one.kind === "literal" && literals.includes(one.value));
}

/** Whether nothing may have been given. */
export function left(value: Value): boolean {
  return possible(value).some(
    (one) => one.kind === "absent" || (one.kind === "literal" && one.value === undefined),
  );
}

/** The numbers that it may be. */
export function numbers(value: Value): readonly number[] {
  return possible(value).flatMap((one) =>
    one.kind === "literal" && typeof one.value === "number" ? [one.value] : [],
  );
}

/** The texts that it may be. */
export function texts(value: Value): readonly string[] {
  return possible(value).flatMap((one) =>
    one.kind === "literal" && typeof one.value === "string" ? [one.value] : [],
  );
}

/** An option that the store was made with. */
export function storeOption(store: Value, name: string, { program }: Setup): Value {
  if (store.kind !== "made") return ABSENT;
  const [options] = store.args;
  return options === undefined ? ABSENT : propertyOf(program.values.read(options), name);
}
