/**
 * What a line of the trail says, as JSON on one line.
 *
 * @module
 */
import { cleanText } from "../clean-text.ts";
import type { SessionEvent } from "../session/events.ts";
import type { AuditHead } from "./chain.ts";

/** What the trail itself has to say: something is missing here, or the file was not as the trail left it. */
export type AuditGap = { readonly type: "audit_gap"; readonly at: string } & (
  | {
      /** Events came while the disk was slow or failing and no room was left for them to wait. */
      readonly reason: "dropped";
      /** How many of each type. */
      readonly lost: Readonly<Record<string, number>>;
      /** When the first of them happened; `at` is the last. */
      readonly from: string;
    }
  | {
      /** A line that was written in part, as a crash leaves it, was cut off. */
      readonly reason: "torn_line";
      /** What was there of it, 1024 characters at most. */
      readonly torn: string;
    }
  | {
      /** The file is another one, or was shortened or written to by somebody else. */
      readonly reason: "file_changed";
      /** What the trail had written last. */
      readonly after: AuditHead;
    }
  | {
      /** The end of the file was not genuine. It was moved aside, and a new trail begins. */
      readonly reason: "file_damaged";
      /** The name it has now, in the same folder. */
      readonly movedTo: string;
    }
);

const MOST_CHARACTERS = 1_024;
const MOST_ITEMS = 64;
const MOST_CAUSES = 3;

// What JSON leaves as it is, though it breaks a line, turns the reader's terminal about or is not seen at all: controls, line
// separators, marks that change the direction of writing or join what is apart. All of them may only stand inside a text.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** An event or gap as a JSON object on one line, of bounded length. */
export function bodyOf(entry: SessionEvent | AuditGap): string {
  const fields = "error" in entry ? { ...entry, error: describeError(entry.error) } : entry;
  return JSON.stringify(fields, bounded).replace(UNSEEN, escapeCharacter);
}

// As JSON writes what it escapes: one beyond the first 65,536 as its two halves.
function escapeCharacter(character: string): string {
  return character
    .split("")
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

function bounded(_name: string, value: unknown): unknown {
  if (typeof value === "string") return value.slice(0, MOST_CHARACTERS);
  if (!Array.isArray(value) || value.length <= MOST_ITEMS) return value;
  return [...value.slice(0, MOST_ITEMS), `and ${value.length - MOST_ITEMS} more`];
}

interface ErrorEntry {
  readonly name?: string;
  readonly code?: string;
  readonly message: string;
  readonly cause?: ErrorEntry;
}

/**
 * What an operator needs of an error. Stacks and a driver's own properties stay out, which may hold queries, values
 * and paths; so do credentials in URLs (ASVS 16.2.5).
 */
function describeError(error: unknown): ErrorEntry {
  try {
    return describe(error, MOST_CAUSES);
  } catch {
    // Its own properties threw.
    return { message: "an error that cannot be read" };
  }
}

function describe(error: unknown, causes: number): ErrorEntry {
  if (!(error instanceof Error)) {
    return { message: typeof error === "string" ? safeText(error) : `not an Error but ${typeof error}` };
  }
  const code: unknown = Reflect.get(error, "code");
  return {
    name: safeText(error.name),
    ...(typeof code === "string" && { code: safeText(code) }),
    message: safeText(error.message),
    ...(error.cause !== undefined && causes > 0 && { cause: describe(error.cause, causes - 1) }),
  };
}

function safeText(text: unknown): string {
  const short = String(text).slice(0, 4 * MOST_CHARACTERS);
  return cleanText(withoutSecrets(short));
}

// What drivers put into their messages: the user part of a URL, up to its last "@", and what is named like a secret.
function withoutSecrets(text: string): string {
  return text
    .replace(/:\/\/\S*@/g, "://[removed]@")
    .replace(/\b(pass(?:word|phrase)?|pwd|secret|token|key)(\s*[=:]\s*)[^\s&;,]+/gi, "$1$2[removed]");
}
