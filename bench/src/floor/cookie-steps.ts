/**
 * What there is to do with a cookie, whatever the store.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Credentials } from "./credentials.ts";
import type { Step, Steps } from "./visit.ts";

const NAME = "__Host-session=";

/** The id in the `Cookie` header, genuine or not. */
function idIn({ headers: { cookie } }: IncomingMessage): string | undefined {
  const at = cookie === undefined ? -1 : cookie.indexOf(NAME);
  return at === -1 ? undefined : cookie?.slice(at + NAME.length);
}

function proving<Kept>(name: string, credentials: Credentials<Kept>): Step<Kept> {
  return {
    name,
    run: (visit) => {
      const id = idIn(visit.req);
      if (id !== undefined) visit.credential = credentials.of(id);
    },
  };
}

/** For an id that came before, and was proven. */
export function provenBefore<Kept>(credentials: Credentials<Kept>): Step<Kept> {
  return proving("the cookie found, its id proven before", credentials);
}

/** For a request without a session, which the store need not hear of. */
export function withoutSession<Kept>(
  credentials: Credentials<Kept>,
): Readonly<Record<"anonymous" | "forged", Steps<Kept>>> {
  return {
    anonymous: { load: [proving("a look for the cookie", credentials)], save: [] },
    forged: {
      load: [proving("the cookie found, one HMAC, compared in constant time", credentials)],
      save: [],
    },
  };
}

export function settingCookie<Kept>(): Step<Kept> {
  return {
    name: "Set-Cookie",
    run: ({ res, credential }) => {
      if (credential === undefined) return;
      res.setHeader("Set-Cookie", `${NAME}${credential.id}; Path=/; HttpOnly; Secure; SameSite=Lax`);
    },
  };
}
