import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** RFC 9113 section 7 */
const INTERNAL_ERROR = 2;

/** Ends a reply whose headers are out so that no client can take it for complete. */
export function breakOff(res: ServerResponse): void {
  if ("stream" in res && isHttp2Stream(res.stream)) {
    res.stream.close(INTERNAL_ERROR);
    return;
  }
  const { socket } = res;
  if (socket === null) {
    // Pipelined behind an earlier reply, which is to arrive whole. From Node 24 on, a reply that is destroyed while it
    // waits for its turn is sent all the same.
    res.once("socket", (given: Socket) => given.destroy());
  } else if (!socket.destroyed) {
    try {
      // A reply without a length, as HTTP/1.0 has them, ends with its connection: only a reset tells it from a whole one.
      socket.resetAndDestroy();
    } catch {
      // Only TCP can be reset. TLS that ends without a farewell says as much.
    }
  }
  res.destroy();
}

function isHttp2Stream(stream: unknown): stream is { close(code: number): void } {
  return typeof stream === "object" && stream !== null && "close" in stream;
}
