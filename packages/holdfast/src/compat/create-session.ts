import { Cookie } from "./cookie.ts";
import { Session } from "./session.ts";
import { dataJson, noteStored } from "./session-data.ts";
import type { SessionRecord, SessionRequest } from "./types.ts";

/** Makes a request's session of what the store has. @throws TypeError for a record without a cookie */
export function createSession(req: SessionRequest, record: SessionRecord): Session {
  const expires = record.cookie.expires;
  const originalMaxAge = record.cookie.originalMaxAge;
  const cookie = new Cookie(record.cookie as object);
  if (typeof expires === "string") cookie.expires = new Date(expires);
  cookie.originalMaxAge = originalMaxAge as number | null | undefined;
  const session = new Session(req, record);
  session.cookie = cookie;
  req.session = session;
  noteStored(session, dataJson(session));
  return session;
}
