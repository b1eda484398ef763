/**
 * The cookie: its name and its attributes.
 *
 * @module
 */
import type { Setup } from "../setup.ts";
import { attribute, COOKIE_LIBRARIES, left, maybe, type SetupRule, type Sight, texts } from "./setup-rule.ts";

const DEFAULT_NAMES: ReadonlySet<string> = new Set(["connect.sid", "sessionId", "session"]);

export const COOKIE_RULES: readonly SetupRule[] = [
  {
    id: "secure-missing",
    level: "error",
    row: "COOK-01",
    source: "ASVS 3.3.1; NIST SP 800-63B-4 5.1.1; RFC 10017",
    why: "One request over plain HTTP, which anybody on the network can provoke, hands the session over.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const secure = setup.cookie("secure");
      if (maybe(secure, false)) return { at: setup.at(secure), what: "`secure` is false in production" };
      return left(secure) && setup.library.defaults.secure === false
        ? { at: setup.at(secure), what: "the cookie has no `Secure`: `secure` is not set" }
        : undefined;
    },
    instead: (library) => attribute(library, 'secure: process.env.NODE_ENV === "production"'),
    holdfast: "session({ … })  // Secure by default",
  },
  {
    id: "secure-auto",
    level: "warning",
    row: "COOK-13",
    source: "ASVS 3.3.1; OWASP Session Management",
    why: "A visitor who is led to http:// is given a session there, in the clear.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const secure = setup.cookie("secure");
      if (maybe(secure, "auto")) return { at: setup.at(secure), what: '`secure` is "auto" in production' };
      return left(secure) && setup.library.defaults.secure === "auto"
        ? { at: setup.at(secure), what: "`secure` follows the connection: it is not set" }
        : undefined;
    },
    instead: (library) => attribute(library, "secure: true"),
    holdfast:
      'session({ cookie: { secure: "auto" } })  // plain HTTP on this machine only, and never in production',
  },
  {
    id: "http-only-off",
    level: "error",
    row: "COOK-03",
    source: "ASVS 3.3.4; RFC 10017",
    why: "Any script on the page, an injected one too, can read the session and send it away.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const httpOnly = setup.cookie("httpOnly");
      return maybe(httpOnly, false) ? { at: setup.at(httpOnly), what: "`httpOnly` is false" } : undefined;
    },
    instead: (library) => attribute(library, "httpOnly: true"),
    holdfast: "session({ … })  // always HttpOnly",
  },
  {
    id: "same-site",
    level: "warning",
    row: "COOK-04",
    source: "ASVS 3.3.2; NIST SP 800-63B-4 5.1.1",
    why: "Other sites' forms and scripts send requests in your visitors' names; browsers differ in what a missing attribute means.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const sameSite = setup.cookie("sameSite");
      if (left(sameSite) && !setup.library.defaults.sameSite)
        return { at: setup.at(sameSite), what: "the cookie has no `SameSite`: `sameSite` is not set" };
      const [open] = texts(sameSite).filter((text) => ["none", "auto"].includes(text.toLowerCase()));
      if (open !== undefined)
        return { at: setup.at(sameSite), what: `\`sameSite\` is "${open.toLowerCase()}"` };
      return maybe(sameSite, false) ? { at: setup.at(sameSite), what: "`sameSite` is false" } : undefined;
    },
    instead: (library) => attribute(library, 'sameSite: "lax"'),
    holdfast: "session({ … })  // SameSite=Lax by default, and unsafe requests from other sites are refused",
  },
  {
    id: "name-default",
    level: "warning",
    row: "TOK-03",
    source: "OWASP Session Management",
    why: "The name tells what the app is made of, and without `__Host-` a sister site or plain HTTP can plant the cookie.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const name = setup.cookieName();
      const [known] = texts(name).filter(
        (text) => text === setup.library.defaults.name && DEFAULT_NAMES.has(text),
      );
      return known === undefined
        ? undefined
        : { at: setup.at(name), what: `the cookie is named \`${known}\`, the library's default` };
    },
    instead: (library) =>
      `${library.cookieName[0]}: process.env.NODE_ENV === "production" ? "__Host-id" : "id"`,
    holdfast: 'session({ name: "id" })  // named __Host-id over HTTPS',
  },
  {
    id: "name-prefix",
    level: "warning",
    row: "COOK-02",
    source: "ASVS 3.3.3; RFC 6265bis 4.1.3",
    why: "Without `__Host-` a sister site, or anybody on the network over plain HTTP, can plant a cookie of this name.",
    libraries: COOKIE_LIBRARIES,
    look: (setup) => {
      const name = setup.cookieName();
      if (!left(setup.cookie("domain"))) return undefined;
      const [bare] = texts(name).filter((text) => !/^__(?:host|secure)-/i.test(text));
      return bare === undefined || bare === setup.library.defaults.name
        ? undefined
        : { at: setup.at(name), what: "the cookie's name has no prefix" };
    },
    instead: (library) =>
      `${library.cookieName[0]}: process.env.NODE_ENV === "production" ? "__Host-id" : "id"`,
    holdfast: 'session({ name: "id" })  // named __Host-id over HTTPS',
  },
  {
    id: "host-prefix-refused",
    level: "error",
    row: "COOK-02",
    source: "RFC 6265bis 4.1.3",
    why: "Browsers refuse a `__Host-` cookie that has a Domain, another path than / or no Secure: nobody gets a session.",
    libraries: COOKIE_LIBRARIES,
    look: hostPrefixRefused,
    instead: (library) => attribute(library, 'secure: true, path: "/"'),
    holdfast: "session({ … })  // the strictest prefix that fits is put in front",
  },
  {
    id: "domain-shared",
    level: "warning",
    row: "COOK-02",
    source: "ASVS 3.3.3; OWASP Session Management",
    why: "Every subdomain, also one that somebody else runs or has taken over, can read and overwrite the session.",
    libraries: [...COOKIE_LIBRARIES, "holdfast"],
    look: (setup) => {
      const domain = setup.cookie("domain");
      return texts(domain).some((text) => text !== "")
        ? { at: setup.at(domain), what: "`domain` shares the session with every subdomain" }
        : undefined;
    },
    instead: () => "no `domain`: the host that set the cookie gets it, and nobody else",
    holdfast: "session({ … })  // without cookie.domain: __Host-",
  },
  {
    id: "cookie-unsigned",
    level: "error",
    row: "TOK-05",
    source: "ASVS 7.2.1",
    why: "The session is in the cookie, and its user can write any other one.",
    libraries: ["cookie-session"],
    look: (setup) => {
      const signed = setup.cookie("signed");
      return maybe(signed, false) ? { at: setup.at(signed), what: "`signed` is false" } : undefined;
    },
    instead: () => "signed: true, keys: [process.env.SESSION_SECRET]",
    holdfast: "session({ secret: process.env.SESSION_SECRET })  // always signed, and kept on the server",
  },
  {
    id: "insecure-by-name",
    level: "warning",
    row: "COOK-13",
    source: "ASVS 3.3.1, 3.5.1",
    why: "The option switches a protection off, as its name says.",
    libraries: ["holdfast"],
    look: (setup) => {
      const [http, crossSite] = [setup.cookie("insecureAllowHttp"), setup.option("insecureAllowCrossSite")];
      if (maybe(http, true))
        return { at: setup.at(http), what: "sessions travel over plain HTTP (`insecureAllowHttp`)" };
      return maybe(crossSite, true)
        ? { at: setup.at(crossSite), what: "requests from other sites count (`insecureAllowCrossSite`)" }
        : undefined;
    },
    instead: () => undefined,
    holdfast:
      'session({ cookie: { secure: "auto" }, origin: "https://example.com" })  // HTTPS, and your origins',
  },
];

function hostPrefixRefused(setup: Setup): Sight | undefined {
  const name = setup.cookieName();
  if (!texts(name).some((text) => /^__host-/i.test(text))) return undefined;
  const [domain, path, secure] = [setup.cookie("domain"), setup.cookie("path"), setup.cookie("secure")];
  const at = setup.at(name);
  if (texts(domain).some((text) => text !== "")) return { at, what: "a `__Host-` name with a `domain`" };
  if (texts(path).some((text) => text !== "/"))
    return { at, what: "a `__Host-` name with another `path` than /" };
  if (maybe(secure, false) || (left(secure) && setup.library.defaults.secure === false))
    return { at, what: "a `__Host-` name without `secure`" };
  return undefined;
}
