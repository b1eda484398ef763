/**
 * What attackers have to go by: an app, a user of it with a session that is bound to a device, and a sign-in of their own.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { spoil } from "../contenders/contender.ts";
import { ask, type Reply, type RequestLine } from "../exchange.ts";
import { profileOf, userName } from "../profile.ts";
import { type DefendedApp, ORIGIN } from "./app.ts";
import { type Device, headerOf, jws, newDevice } from "./device.ts";

export const SESSION = "__Host-session";
export const BOUND = "__Host-session-bound";
export const VISITOR = "__Host-csrf";
export const REGISTER = "/device-bound/register";
export const REFRESH = "/device-bound/refresh";

/** What a sign-in offers a browser that may bind it. */
export interface Offer {
  readonly challenge: string;
  /** Its `authorization`, and later the binding's id. */
  readonly name: string;
}

export interface Scene {
  /** What the user gets to see. */
  readonly page: string;
  /** The user's own cookies, as a `Cookie` header. */
  readonly cookies: string;
  /** The user's session cookie, `name=value`, without that of the device. */
  readonly session: string;
  /** The same with another MAC. */
  readonly forged: string;
  /** Of the user's binding. */
  readonly name: string;
  /** What the user's browser is to sign next. */
  readonly challenge: string;
  /** A session of the attacker's own that no device is bound to yet. */
  readonly offer: Offer;
  readonly device: Device;
}

/** Beyond the half minute in which requests without the new cookie of the device may be on their way. */
const UNTIL_ASKED = 31_000;

const LOGIN: RequestLine = { method: "POST", url: "/login", cookie: undefined };

export async function setScene({ respond, passTime }: DefendedApp): Promise<Scene> {
  const device = newDevice();
  const login = await ask(LOGIN, respond);
  const { challenge, name } = offerIn(login);
  const session = pairOf(login, SESSION);
  const payload = { jti: challenge, authorization: name };
  const proof = jws(headerOf("ES256", device.jwk), payload, device.sign);
  const bound = await ask(
    { method: "POST", url: REGISTER, cookie: undefined, headers: { "secure-session-response": proof } },
    respond,
  );
  assert.equal(bound.status, 200, "the user's session is bound");
  passTime(UNTIL_ASKED);
  return {
    page: String(profileOf(userName(0)).name),
    cookies: `${session}; ${pairOf(bound, BOUND)}`,
    session,
    forged: spoil(session),
    name,
    challenge: /^"([\w-]+)"/.exec(bound.headers.get("secure-session-challenge") ?? "")?.[1] ?? "",
    offer: offerIn(await ask(LOGIN, respond)),
    device,
  };
}

/** The request to which all others are compared: a page that reads the user's session. */
export const honest = ({ cookies }: Scene): RequestLine => ({ method: "GET", url: "/", cookie: cookies });

/** From the app's own page, by `fetch`. */
export const SAME_ORIGIN = { origin: ORIGIN, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" } as const;

function offerIn({ headers }: Reply): Offer {
  const header = headers.get("secure-session-registration") ?? "";
  const [, challenge = "", name = ""] = /;challenge="([\w-]+)";authorization="([\w-]+)"$/.exec(header) ?? [];
  assert(name !== "", "a sign-in offers a binding");
  return { challenge, name };
}

function pairOf({ cookies }: Reply, name: string): string {
  const found = cookies.find((cookie) => cookie.startsWith(`${name}=`));
  assert(found !== undefined, `there is a cookie ${name}`);
  return found.split(";", 1)[0] ?? "";
}
