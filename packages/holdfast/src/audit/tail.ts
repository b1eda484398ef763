/**
 * Reads where a trail ends, to go on from there.
 *
 * @module
 */
import { readSync } from "node:fs";
import { type AuditHead, BEGINNING, type Chain, type ChainLine, LONGEST_LINE, readLine } from "./chain.ts";

/** How a trail's file ends. */
export type Tail =
  /** Whole, with this head; behind `end` there is `torn`, a line without its end, or nothing. */
  | { readonly state: "whole"; readonly head: AuditHead; readonly end: number; readonly torn: Buffer }
  /** With a line that this key did not write there. */
  | { readonly state: "damaged" }
  /** It is no audit trail. */
  | { readonly state: "foreign" };

const LINE_FEED = 0x0a;

/** @param file - a descriptor; @param size - the file's, in bytes */
export function readTail(file: number, size: number, chain: Chain): Tail {
  const beginning = readAt(file, 0, Math.min(size, BEGINNING.length)).toString("latin1");
  if (!BEGINNING.startsWith(beginning)) return { state: "foreign" };
  // A torn line, the last whole one, and the one before it, whose MAC the last is chained to.
  const from = Math.max(0, size - 3 * LONGEST_LINE);
  const bytes = readAt(file, from, size - from);
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  const torn = bytes.subarray(end);
  if (torn.length > LONGEST_LINE) return { state: "damaged" };
  if (end === 0) return { state: "whole", head: chain.start, end: 0, torn };
  const last = lineBefore(bytes, end);
  const before = from === 0 && last.from === 0 ? chain.start : lineBefore(bytes, last.from).line;
  if (last.line === null || before === null || !chain.follows(last.line, before)) return { state: "damaged" };
  return { state: "whole", head: { seq: last.line.seq, mac: last.line.mac }, end: from + end, torn };
}

/** The line that ends, with its line feed, at `end`. */
function lineBefore(bytes: Buffer, end: number): { readonly line: ChainLine | null; readonly from: number } {
  if (end < 2) return { line: null, from: 0 };
  const from = bytes.lastIndexOf(LINE_FEED, end - 2) + 1;
  return { line: readLine(bytes.subarray(from, end - 1)), from };
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = readSync(file, bytes, read, length - read, position + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}
