import type { IncomingHttpHeaders } from "node:http";
import type { RequestLine } from "../../exchange.ts";
import { type HostileGroup, KIB, storm } from "../hostile-class.ts";
import type { Scene } from "../scene.ts";

/** With a forged cookie, so that an event tells of it. */
const page = ({ forged }: Scene, url: string, headers: IncomingHttpHeaders = {}): RequestLine => ({
  method: "GET",
  url,
  cookie: forged,
  headers,
});

export const clients: HostileGroup = {
  title: "Browsers, languages, URLs",
  classes: [
    {
      title: "a long User-Agent of control characters",
      status: 200,
      bytes: 64 * KIB,
      request: (scene, bytes) => page(scene, "/", { "user-agent": storm("\u0085", bytes) }),
    },
    {
      title: "a long User-Agent with the user's own cookies",
      status: 200,
      storeCalls: 1,
      bytes: 64 * KIB,
      request: ({ cookies }, bytes) => ({
        method: "GET",
        url: "/",
        cookie: cookies,
        headers: { "user-agent": `Mozilla/5.0 (X11; Linux x86_64) Firefox/${storm("1.", bytes)}` },
      }),
    },
    {
      title: "a long Accept-Language",
      status: 200,
      bytes: 64 * KIB,
      request: (scene, bytes) => page(scene, "/", { "accept-language": storm("en;q=0.1,", bytes) }),
    },
    {
      title: "a long URL",
      status: 200,
      bytes: 64 * KIB,
      request: (scene, bytes) => page(scene, `/${storm("%00/", bytes)}`),
    },
    {
      title: "a long returnTo",
      status: 200,
      bytes: 64 * KIB,
      request: (scene, bytes) => page(scene, `/login?returnTo=/${storm("./", bytes)}`),
    },
    {
      title: "the longest returnTo that is read",
      status: 200,
      bytes: 2 * KIB - 2,
      request: (scene, bytes) => page(scene, `/login?returnTo=/${storm("a/../", bytes)}`),
    },
  ],
};
