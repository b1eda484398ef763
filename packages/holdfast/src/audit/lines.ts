import { LONGEST_LINE } from "./chain.ts";

/** One line, without its line feed. */
export interface RawLine {
  readonly bytes: Buffer;
  /** False for the last one where nothing ends it. Of a line too long to be ours only the beginning is given. */
  readonly isWhole: boolean;
}

const LINE_FEED = 0x0a;

/** The lines of a stream of bytes, in memory bounded by the longest line there may be. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawLine, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED)) {
      yield { bytes: bytes.subarray(0, end), isWhole: true };
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
    if (rest.length > LONGEST_LINE) break;
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: rest.length > LONGEST_LINE };
}
