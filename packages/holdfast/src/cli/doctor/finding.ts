/**
 * What the doctor has to say.
 *
 * @module
 */

/** From bad to worth knowing. */
export const LEVELS = ["error", "warning", "note"] as const;

/** `error`: an attacker gains by it as it stands. `warning`: a standard asks for better. `note`: worth knowing. */
export type Level = (typeof LEVELS)[number];

/** Where something was seen: a place in a file, or something of a reply. */
export interface Place {
  /** A file, or `Set-Cookie` and the like. */
  readonly in: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that should be different. */
export interface Finding {
  /** The rule's name, stable. */
  readonly rule: string;
  readonly level: Level;
  readonly place: Place;
  /** What is there. */
  readonly what: string;
  readonly why: string;
  /** The requirement's row, and the standards it is from. */
  readonly row: string;
  readonly source: string;
  /** What to write instead, in the library at hand; absent where that library cannot do it. */
  readonly instead?: string;
  /** The same with Holdfast. */
  readonly holdfast: string;
}

/** Something that could not be read, and is therefore not judged. */
export interface Unread {
  readonly place: Place;
  readonly what: string;
}

/** A session cookie whose library shows in its form. */
export interface Recognised {
  readonly place: Place;
  readonly what: string;
  /** How its app comes to Holdfast. */
  readonly migration: string;
}

/** What a look at something gave. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly unread: readonly Unread[];
  readonly recognised: readonly Recognised[];
}

/** A rule, without the way it looks. */
export interface Rule {
  readonly id: string;
  readonly level: Level;
  /** The requirement's row, such as `COOK-01`. */
  readonly row: string;
  /** Where the requirement is from: standards, with their numbers. */
  readonly source: string;
  readonly why: string;
  readonly holdfast: string;
}

/** What a rule says of what it has seen. */
export function findingOf(rule: Rule, place: Place, what: string, instead: string | undefined): Finding {
  const { id, level, row, source, why, holdfast } = rule;
  const finding = { rule: id, level, place, what, why, row, source, holdfast };
  return instead === undefined ? finding : { ...finding, instead };
}
