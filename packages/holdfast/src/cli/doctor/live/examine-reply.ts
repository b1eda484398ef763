import { cleanText } from "../../../clean-text.ts";
import {
  type Examination,
  type Finding,
  findingOf,
  type Place,
  type Recognised,
  type Unread,
} from "../finding.ts";
import { EXPRESS_SESSION, type Library, libraryOf } from "../libraries.ts";
import { type Maker, recognise } from "./recognise.ts";
import type { Reply } from "./reply.ts";
import { COOKIE_LOOKS, REPLY_RULES } from "./rules.ts";
import { parseSetCookie, type SetCookie } from "./set-cookie.ts";

const SESSION_NAME = /sess|sid\b|sid$|auth|token|login|remember/i;

/**
 * What the doctor says of a reply's headers. The values of cookies are looked at, and are in nothing that is returned.
 *
 * @param now - milliseconds since 1970
 */
export function examineReply(reply: Reply, now: number): Examination {
  const findings: Finding[] = [];
  const recognised: Recognised[] = [];
  const cookies = reply.setCookies.map(parseSetCookie).filter((one) => one !== undefined);
  const sessions = cookies.flatMap((cookie) => {
    const maker = recognise(cookie, cookies);
    const looks = maker !== undefined || SESSION_NAME.test(cookie.name);
    return looks && !isSignature(cookie, cookies) ? [{ cookie, maker }] : [];
  });
  for (const { cookie, maker } of sessions) {
    const place = placeOf(reply, cookie);
    if (maker) recognised.push({ place, what: maker.what, migration: maker.migration });
    for (const rule of COOKIE_LOOKS) {
      const what = rule.look(cookie, reply, now);
      if (what !== undefined) findings.push(findingOf(rule, place, what, rule.instead(libraryFor(maker))));
    }
  }
  if (sessions.length > 0) {
    for (const rule of REPLY_RULES) {
      const what = rule.look(reply);
      if (what !== undefined)
        findings.push(findingOf(rule, { in: cleanText(reply.from) }, what, rule.instead));
    }
  }
  return { findings, unread: sessions.length === 0 ? [noSession(reply, cookies.length)] : [], recognised };
}

function noSession(reply: Reply, others: number): Unread {
  const what =
    others === 0
      ? "the reply sets no cookie: name a page that begins a session, such as the one behind a login form"
      : "none of the reply's cookies looks like a session's";
  return { place: { in: cleanText(reply.from) }, what };
}

/** `session.sig` beside `session`. */
function isSignature({ name }: SetCookie, cookies: readonly SetCookie[]): boolean {
  return cookies.some((other) => name === `${other.name}.sig`);
}

function placeOf(reply: Reply, { name }: SetCookie): Place {
  return { in: `${cleanText(reply.from)}, cookie ${cleanText(name)}` };
}

/** The library in whose words is said what to write instead. */
function libraryFor(maker: Maker | undefined): Library {
  return (maker?.library && libraryOf(maker.library)) ?? EXPRESS_SESSION;
}
