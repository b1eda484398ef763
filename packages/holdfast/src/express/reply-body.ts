import type { ServerResponse } from "node:http";

/** How many bytes the body will have, where the head says so. */
export function contentLengthOf(res: ServerResponse): number | undefined {
  const length = res.getHeader("content-length");
  return length === undefined ? undefined : Number(length);
}

/** How many bytes a call of `res.write(chunk, encoding)` sends. */
export function byteLengthOf([chunk, encoding]: readonly unknown[]): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  if (typeof chunk !== "string") return 0;
  return Buffer.byteLength(chunk, isEncoding(encoding) ? encoding : "utf8");
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === "string" && Buffer.isEncoding(value);
}
