import type { IncomingHttpHeaders } from "node:http";
import type { RequestLine } from "../../exchange.ts";
import { type HostileGroup, KIB, storm } from "../hostile-class.ts";
import { SAME_ORIGIN, type Scene, VISITOR } from "../scene.ts";

/** The right form, under a key that is not known; and one with a known key. */
const token = ({ session }: Pick<Scene, "session">): string =>
  `${session.slice(session.indexOf("=") + 1).slice(0, 4)}.${"A".repeat(22)}.${"A".repeat(43)}`;

/** By the user's own browser, from the app's own page. */
const send = ({ cookies }: Scene, headers: IncomingHttpHeaders, body?: string, type = FORM): RequestLine => ({
  method: "POST",
  url: "/transfer",
  cookie: cookies,
  headers: { ...SAME_ORIGIN, ...headers, "content-type": type },
  ...(body !== undefined && { body: Buffer.from(body) }),
});

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";
const MOST = 100 * KIB;

export const tokens: HostileGroup = {
  title: "CSRF tokens and bodies",
  classes: [
    {
      title: "a forged token of the right form",
      status: 403,
      storeCalls: 1,
      request: (scene) => send(scene, { "x-csrf-token": token(scene) }),
    },
    {
      title: "a long token in the header",
      status: 403,
      storeCalls: 1,
      bytes: MOST,
      request: (scene, bytes) => send(scene, { "x-csrf-token": storm("A", bytes) }),
    },
    {
      title: "a long token in a form",
      status: 403,
      storeCalls: 1,
      bytes: MOST - 10,
      request: (scene, bytes) => send(scene, {}, `_csrf=${storm("A", bytes)}`),
    },
    {
      title: "_csrf 10,000 times",
      status: 403,
      storeCalls: 1,
      bytes: MOST - 10,
      request: (scene, bytes) => send(scene, {}, storm("_csrf=A&", bytes)),
    },
    {
      title: "_csrf as a list in JSON",
      status: 403,
      storeCalls: 1,
      bytes: MOST - 20,
      request: (scene, bytes) => send(scene, {}, `{"_csrf":[${storm('"A",', bytes)}0]}`, JSON_TYPE),
    },
    {
      title: "JSON of arrays in arrays",
      status: 403,
      storeCalls: 1,
      bytes: MOST,
      request: (scene, bytes) => send(scene, {}, storm("[", bytes / 2) + storm("]", bytes / 2), JSON_TYPE),
    },
    {
      title: "_method in the body, and a forged token",
      status: 403,
      storeCalls: 1,
      request: (scene) => send(scene, { "x-csrf-token": token(scene) }, "_method=GET&_method=DELETE"),
    },
    {
      title: "2,000 tossed cookies of visitors, without a session",
      status: 403,
      bytes: 72_000,
      request: (scene, bytes) => ({
        ...send(scene, { "x-csrf-token": token(scene) }),
        cookie: storm(`${VISITOR}=${"A".repeat(22)}; `, bytes),
      }),
    },
  ],
};
