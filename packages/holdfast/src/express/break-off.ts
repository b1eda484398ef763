import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";

/** Ends a reply whose headers are out so that no client can take it for complete. */
export function breakOff(res: ServerResponse): void {
  if (isHttp2(res)) {
    res.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const { socket } = res;
  res.destroy();
  // A reply without a length, as HTTP/1.0 has them, ends with its connection: only a reset tells it from a complete one.
  if (socket !== null && isPlain(socket) && !socket.destroyed) socket.resetAndDestroy();
}
