import type { IncomingHttpHeaders } from "node:http";
import type { RequestLine } from "../../exchange.ts";
import { type HostileGroup, KIB, storm } from "../hostile-class.ts";
import type { Scene } from "../scene.ts";

/** A form with the user's cookies, from a browser without Fetch Metadata. */
const form = ({ cookies }: Scene, headers: IncomingHttpHeaders): RequestLine => ({
  method: "POST",
  url: "/transfer",
  cookie: cookies,
  headers: { "sec-fetch-site": undefined, ...headers },
});

/** Without any cookie. */
const link = (url: string, headers: IncomingHttpHeaders = {}): RequestLine => ({
  method: "GET",
  url,
  cookie: undefined,
  headers: { "sec-fetch-site": "cross-site", ...headers },
});

export const crossSite: HostileGroup = {
  title: "Origin, Referer, Fetch Metadata, method overrides",
  classes: [
    {
      title: "a long Origin",
      status: 403,
      bytes: 64 * KIB,
      request: (scene, bytes) => form(scene, { origin: `https://${storm("a", bytes)}` }),
    },
    {
      title: "a long Referer",
      status: 403,
      bytes: 64 * KIB,
      request: (scene, bytes) => form(scene, { referer: `https://a.example/${storm("a/../", bytes)}` }),
    },
    {
      title: "a Referer whose host is one label of Punycode",
      status: 403,
      bytes: 64 * KIB,
      request: (scene, bytes) =>
        form(scene, { referer: `https://xn--${storm("b", bytes / 2)}-${storm("a", bytes / 2)}` }),
    },
    {
      title: "a Referer whose host is in letters beyond ASCII",
      status: 403,
      bytes: 64 * KIB,
      request: (scene, bytes) => form(scene, { referer: `https://${storm("\u00fc.", bytes)}` }),
    },
    {
      title: "a long Sec-Fetch-Site",
      status: 403,
      bytes: 64 * KIB,
      request: (scene, bytes) => form(scene, { "sec-fetch-site": storm("same-origin, ", bytes) }),
    },
    {
      title: "a long Sec-Fetch-Mode of another site's frame",
      status: 403,
      bytes: 64 * KIB,
      request: (_, bytes) => link("/", { "sec-fetch-mode": storm("navigate,", bytes) }),
    },
    {
      title: "a long X-HTTP-Method-Override",
      status: 403,
      bytes: 64 * KIB,
      request: (_, bytes) => link("/transfer", { "x-http-method-override": storm(" DELETE", bytes) }),
    },
    {
      title: "_method in the query, over and over",
      status: 403,
      bytes: 64 * KIB,
      request: (_, bytes) => link(`/transfer?${storm("_method=GET&", bytes)}_method[a]=DELETE`),
    },
    {
      title: "percent escapes in the query",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => link(`/?${storm("%5f%6d&", bytes)}`),
    },
  ],
};
