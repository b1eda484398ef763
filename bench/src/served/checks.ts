/**
 * Whether a server does the work that is measured.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { profileOf, userName } from "../profile.ts";
import { cookieHeader } from "../runners.ts";
import { LOGIN_URL } from "../scenarios.ts";
import type { Target } from "./load.ts";
import type { Page } from "./protocol.ts";
import { headersWith } from "./served-app.ts";

/** Nobody's who is signed in while something is measured. */
const USER = userName(99_999_999);

/** @throws Error if a page does not say what it must */
export async function checkPage(target: Target, page: Page): Promise<void> {
  const right = page === "write" ? /^\d+$/ : /^(Hello|Ada)/;
  const [first] = target.requests(page);
  const { method, headers } = first ?? { method: "GET", headers: {} };
  const reply = await fetch(`${target.url}/${page}`, { method, headers });
  const text = await reply.text();
  if (!reply.ok || !right.test(text)) throw new Error(`${target.url}/${page}: ${reply.status} ${text}`);
}

/** @throws Error if what one request has written is not there for the next */
export async function checkKept(url: string): Promise<void> {
  let cookie = "";
  const bodyOf = async (method: "GET" | "POST", path: string): Promise<string> => {
    const headers = headersWith(cookie === "" ? undefined : cookie);
    const reply = await fetch(url + path, { method, headers });
    cookie = cookieHeader({ cookies: reply.headers.getSetCookie() }, cookie);
    return reply.text();
  };
  await bodyOf("POST", LOGIN_URL + USER);
  const bodies = [
    await bodyOf("POST", "/write"),
    await bodyOf("POST", "/write"),
    await bodyOf("GET", "/read"),
  ];
  assert.deepEqual(bodies, ["10001", "10002", profileOf(USER).name], `${url}: what is in the session`);
}
