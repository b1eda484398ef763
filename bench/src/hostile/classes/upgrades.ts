import type { IncomingHttpHeaders } from "node:http";
import type { RequestLine } from "../../exchange.ts";
import { ORIGIN } from "../app.ts";
import { type HostileGroup, KIB, storm } from "../hostile-class.ts";

const handshake = (cookie: string, headers: IncomingHttpHeaders): RequestLine => ({
  method: "GET",
  url: "/socket",
  cookie,
  headers: {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "A".repeat(22),
    ...headers,
  },
  upgrade: true,
});

export const upgrades: HostileGroup = {
  title: "Requests for a socket",
  classes: [
    {
      title: "a forged session cookie",
      status: 401,
      request: ({ forged }) => handshake(forged, { origin: ORIGIN }),
    },
    {
      title: "the user's cookies, and no Origin",
      status: 403,
      request: ({ cookies }) => handshake(cookies, {}),
    },
    {
      title: "the user's cookies, and a long Origin",
      status: 403,
      bytes: 64 * KIB,
      request: ({ cookies }, bytes) => handshake(cookies, { origin: `${ORIGIN}${storm(".", bytes)}` }),
    },
    {
      title: "a copied session cookie without the device's",
      status: 401,
      storeCalls: 1,
      request: ({ session }) => handshake(session, { origin: ORIGIN }),
    },
  ],
};
