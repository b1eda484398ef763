import { headersOf, type RequestLine } from "../exchange.ts";

/** Node's limit for a request's head unless `--max-http-header-size` says otherwise: beyond it, 431 without our help. */
export const NODE_LIMIT = 16 * 1024;

/** What a request takes on the wire, head and body. */
export function bytesOf(line: RequestLine): number {
  return headBytesOf(line) + (line.body?.length ?? 0);
}

/** Its request line and headers. */
export function headBytesOf(line: RequestLine): number {
  let bytes = `${line.method} ${line.url} HTTP/1.1\r\n\r\n`.length;
  // "Name: value" and the line's end; header values are octets.
  for (const [name, value] of Object.entries(headersOf(line)))
    bytes += name.length + String(value).length + 4;
  return bytes;
}
