import type { RequestLine } from "../../exchange.ts";
import { type HostileGroup, KIB, storm } from "../hostile-class.ts";
import { BOUND, SESSION } from "../scene.ts";

const page = (cookie: string): RequestLine => ({ method: "GET", url: "/", cookie });

export const cookies: HostileGroup = {
  title: "Cookies",
  classes: [
    {
      title: "a forged session cookie of the right form",
      status: 200,
      request: ({ forged }) => page(forged),
    },
    {
      title: "1,000 forged session cookies",
      status: 200,
      bytes: 132_000,
      request: ({ forged }, bytes) => page(storm(`${forged}; `, bytes)),
    },
    {
      title: "the user's own cookie behind 1,000 forged ones: it is not looked at",
      status: 200,
      bytes: 132_000,
      request: ({ forged, session }, bytes) => page(`${storm(`${forged}; `, bytes)}${session}`),
    },
    {
      title: "a copied session cookie, and 1,000 forged ones of the device",
      status: 401,
      storeCalls: 1,
      bytes: 66_000,
      request: ({ session, cookies: all }, bytes) => {
        const device = all.slice(all.indexOf(BOUND)).slice(0, -4);
        return page(`${session}; ${storm(`${device}AAAA; `, bytes)}`);
      },
    },
    {
      title: "2,000 cookies of other names",
      status: 200,
      bytes: 10_000,
      request: (_, bytes) => page(storm("a=b; ", bytes)),
    },
    {
      title: "one long value",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => page(`${SESSION}=${storm("A", bytes)}`),
    },
    {
      title: "percent escapes",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => page(`${SESSION}=${storm("%25%3D", bytes)}`),
    },
    {
      title: "quotes and backslashes",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => page(`${SESSION}=${storm('"\\', bytes)}`),
    },
    {
      title: "semicolons",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => page(storm(";", bytes)),
    },
    {
      title: "blanks before a name",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => page(`a=b;${storm(" \t", bytes)}${SESSION}=x`),
    },
    {
      title: "the cookie's name over and over",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => page(storm(SESSION, bytes)),
    },
  ],
};
