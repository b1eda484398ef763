import { type HostileGroup, KIB, storm } from "../hostile-class.ts";

const page = { method: "GET", url: "/", cookie: undefined } as const;
const plain = { ...page, plain: true } as const;

export const transport: HostileGroup = {
  title: "Host and the headers of proxies",
  classes: [
    {
      title: "a long Host",
      status: 200,
      bytes: 64 * KIB,
      request: (_, bytes) => ({ ...page, headers: { host: storm("a.", bytes) } }),
    },
    {
      title: "a long Host over plain HTTP: sent on to the app's own",
      status: 308,
      bytes: 64 * KIB,
      request: (_, bytes) => ({ ...plain, headers: { host: storm("xn--a.", bytes) } }),
    },
    {
      title: "a long path over plain HTTP: sent on with it",
      status: 308,
      bytes: 64 * KIB,
      request: (_, bytes) => ({ ...plain, url: `/${storm("%2e/", bytes)}` }),
    },
    {
      title: "commas in X-Forwarded-Proto",
      status: 308,
      bytes: 64 * KIB,
      request: (_, bytes) => ({ ...plain, headers: { "x-forwarded-proto": `${storm(" ,", bytes)}http` } }),
    },
    {
      title: "X-Forwarded-For with 4,000 addresses, X-Forwarded-Host beside it",
      status: 308,
      bytes: 64 * KIB,
      request: (_, bytes) => ({
        ...plain,
        headers: {
          "x-forwarded-for": storm("192.0.2.1, ", (bytes * 2) / 3),
          "x-forwarded-host": storm("a.example,", bytes / 3),
        },
      }),
    },
    {
      title: "Forwarded that all but says https",
      status: 308,
      bytes: 64 * KIB,
      request: (_, bytes) => ({ ...plain, headers: { forwarded: storm('proto="http;', bytes) } }),
    },
    {
      title: "Forwarded that says https, from nobody's proxy",
      status: 403,
      bytes: 64 * KIB,
      request: (_, bytes) => ({ ...plain, headers: { forwarded: `${storm("for=a;", bytes)}proto=https` } }),
    },
  ],
};
