/**
 * The chain of an audit trail: each line carries a MAC over itself and the MAC of the line before, so that whoever has
 * not the key can neither change, remove, insert nor reorder a line unseen (ASVS 16.4.2).
 *
 * ```
 * {"seq":7,"type":"session_logout","at":"2026-01-01T00:00:00.000Z",…,"mac":"<43 characters of base64url>"}
 * ```
 *
 * What is authenticated is the text of the line, byte for byte, up to `,"mac":`. HMAC-SHA-256 (RFC 2104), its key
 * derived from the trail's for this purpose alone.
 *
 * @module
 */
import type { Hmac } from "../crypto/hmac.ts";
import { isSameText } from "../crypto/same-text.ts";
import { HoldfastError } from "../errors.ts";
import { hmacFor } from "../keys/key.ts";
import { checkStrength } from "../keys/secrets.ts";

/** The end of a chain: its newest line. With no line yet, `seq` is 0. */
export interface AuditHead {
  /** The line's number, from 1. */
  readonly seq: number;
  /** The line's MAC, 43 characters of base64url. No secret: it proves nothing without the key. */
  readonly mac: string;
}

/** A line taken apart; nothing is said of whether it is genuine. */
export interface ChainLine extends AuditHead {
  /** What the MAC covers of the line itself. */
  readonly covered: string;
}

/** What a line of the trail's own begins with after its number; see `AuditGap`. */
const GAP = /^\{"seq":\d+,"type":"audit_gap"/;
const LINE = /^(\{"seq":([1-9]\d{0,14}),".*),"mac":"([\w-]{43})"\}$/;

/** What every trail begins with, so that no other file is taken for one. */
export const BEGINNING = '{"seq":';

/** No line is as long; a longer one is not ours, and must not fill the memory. In bytes. */
export const LONGEST_LINE = 1_048_576;

const ADVICE = "Make one with `npx holdfast keygen`, and keep it apart from the session secret.";

/** Takes a line apart, without its line feed; `null` if it has not the shape of one. */
export function readLine(line: Uint8Array): ChainLine | null {
  const [, covered, seq, mac] = LINE.exec(textOf(line) ?? "") ?? [];
  if (covered === undefined || seq === undefined || mac === undefined) return null;
  return { covered, seq: Number(seq), mac };
}

/** The text of a line, or `null` if it is not UTF-8: replacing bad bytes would hide that they were changed. */
export function textOf(line: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return null;
  }
}

/** True if the trail itself wrote the line, to say that something is missing. */
export function isGap({ covered }: ChainLine): boolean {
  return GAP.test(covered);
}

export class Chain {
  /** The head of a trail without lines. */
  readonly start: AuditHead;
  readonly #macs: Hmac;

  /** @throws {HoldfastError} `ERR_HOLDFAST_SECRET_MISSING`, `ERR_HOLDFAST_SECRET_WEAK` or `ERR_HOLDFAST_OPTION` */
  constructor(key: string | undefined) {
    this.#macs = hmacFor(checkKey(key), "audit trail");
    this.start = { seq: 0, mac: this.#macs.text("start") };
  }

  /** The line after `head` and its own head. `body`: a JSON object with at least one member. */
  line(body: string, head: AuditHead): { readonly text: string; readonly head: AuditHead } {
    const seq = head.seq + 1;
    const covered = `${BEGINNING}${seq},${body.slice(1, -1)}`;
    const mac = this.#macOf(covered, head);
    return { text: `${covered},"mac":"${mac}"}\n`, head: { seq, mac } };
  }

  /** True if `line` was written under this key, right after the line with `before`'s number and MAC. */
  follows(line: ChainLine, before: AuditHead): boolean {
    return line.seq === before.seq + 1 && isSameText(line.mac, this.#macOf(line.covered, before));
  }

  #macOf(covered: string, before: AuditHead): string {
    return this.#macs.text(`${before.mac}\n${covered}`);
  }
}

function checkKey(key: unknown): string {
  if (key === undefined || key === null || key === "") {
    throw new HoldfastError("ERR_HOLDFAST_SECRET_MISSING", `An audit trail needs a \`key\`. ${ADVICE}`);
  }
  if (typeof key !== "string") {
    throw new HoldfastError("ERR_HOLDFAST_OPTION", "The `key` of an audit trail must be a string.");
  }
  checkStrength(key, "The `key` of the audit trail", ADVICE);
  return key;
}
