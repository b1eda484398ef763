import { createReadStream } from "node:fs";
import { isSameText } from "../crypto/same-text.ts";
import { HoldfastError } from "../errors.ts";
import { type AuditHead, Chain, type ChainLine, isGap, readLine, textOf } from "./chain.ts";
import { linesOf } from "./lines.ts";
import { checkPath } from "./options.ts";

/** What may be wrong with a line. */
export type AuditFault =
  /** Its text or its MAC was changed, or it was put there without the key. */
  | "edited"
  /** One or more lines before it are gone. */
  | "removed"
  /** It is not at its place: moved, or there twice. */
  | "reordered"
  /** It is no JSON. */
  | "not_json"
  /** The last line has no end. A crash leaves such a line, and so does a cut. */
  | "torn"
  /** The trail ends before the head that was kept elsewhere. */
  | "cut"
  /** The line is genuine, but another one than the head that was kept: the trail is a different one. */
  | "replaced"
  /** No line was written under this key. A trail of one or two lines that were edited may look the same. */
  | "wrong_key";

/** The result of {@link verifyAuditLog}. */
export type AuditVerification =
  | {
      readonly ok: true;
      /** Lines. */
      readonly count: number;
      /** Lines among them in which the trail says that something is missing (`audit_gap`). */
      readonly gaps: number;
      readonly head: AuditHead;
    }
  | {
      readonly ok: false;
      /** The first bad line, from 1; one more than there are where the end is missing. */
      readonly line: number;
      readonly reason: AuditFault;
    };

/** Options of {@link verifyAuditLog}. */
export interface VerifyAuditLogOptions {
  /** The key the trail was written with. */
  readonly key: string | undefined;
  /** A head kept elsewhere, of the same time or earlier: without it, a trail whose end was cut off looks whole. */
  readonly head?: AuditHead | undefined;
}

/**
 * Reads an audit trail line by line, in bounded memory, and says whether it is as it was written.
 *
 * The reason for a bad line is the likeliest: who edits a file may do several things at once.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_AUDIT_FILE` (the promise rejects) if the file cannot be read;
 *   `ERR_HOLDFAST_SECRET_MISSING` or `ERR_HOLDFAST_SECRET_WEAK` for the key; `ERR_HOLDFAST_OPTION`
 */
export async function verifyAuditLog(
  file: string,
  { key, head: kept }: VerifyAuditLogOptions,
): Promise<AuditVerification> {
  const chain = new Chain(key);
  if (kept !== undefined) checkHead(kept);
  const lines = readLines(checkPath(file));
  let head = chain.start;
  let gaps = 0;
  if (kept?.seq === 0 && !isSameText(kept.mac, head.mac)) return { ok: false, line: 1, reason: "replaced" };
  for await (const { bytes, isWhole } of lines) {
    const line = readLine(bytes);
    const number = head.seq + 1;
    if (!isWhole) return { ok: false, line: number, reason: "torn" };
    if (line === null || !chain.follows(line, head)) {
      const reason = await findReason(chain, head, bytes, lines);
      return { ok: false, line: number, reason };
    }
    head = { seq: line.seq, mac: line.mac };
    if (isGap(line)) gaps += 1;
    if (kept?.seq === head.seq && !isSameText(kept.mac, head.mac)) {
      return { ok: false, line: number, reason: "replaced" };
    }
  }
  if (kept !== undefined && kept.seq > head.seq) return { ok: false, line: head.seq + 1, reason: "cut" };
  return { ok: true, count: head.seq, gaps, head };
}

/** Says what became of the line after `before`, where `bytes` stands now. Reads on as far as it has to. */
async function findReason(
  chain: Chain,
  before: AuditHead,
  bytes: Uint8Array,
  rest: AsyncIterable<{ readonly bytes: Uint8Array }>,
): Promise<AuditFault> {
  if (!isJson(bytes)) return "not_json";
  const line = readLine(bytes);
  if (line === null) return "edited";
  let previous: ChainLine | null = line;
  let isKeyRight = before.seq > 0;
  let isLater = false;
  for await (const { bytes } of rest) {
    const next = readLine(bytes);
    isLater ||= next?.seq === before.seq + 1;
    isKeyRight ||= next !== null && previous !== null && chain.follows(next, previous);
    previous = next;
    // Only a line from further on may have its own place filled by one that comes later.
    if (isKeyRight && (isLater || line.seq <= before.seq + 1)) break;
  }
  if (!isKeyRight) return "wrong_key";
  if (line.seq === before.seq + 1) return "edited";
  return line.seq <= before.seq || isLater ? "reordered" : "removed";
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(textOf(bytes) ?? "");
    return true;
  } catch {
    return false;
  }
}

function checkHead({ seq, mac }: AuditHead): void {
  if (Number.isSafeInteger(seq) && seq >= 0 && typeof mac === "string" && /^[\w-]{43}$/.test(mac)) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    "`head` must be what `head()` of an audit log gave: { seq, mac }.",
  );
}

async function* readLines(file: string): ReturnType<typeof linesOf> {
  try {
    yield* linesOf(createReadStream(file));
  } catch (cause) {
    const detail = cause instanceof Error ? ` (${cause.message})` : "";
    throw new HoldfastError("ERR_HOLDFAST_AUDIT_FILE", `The audit trail ${file} cannot be read${detail}.`, {
      cause,
    });
  }
}
