import type { TestContext } from "node:test";
import { type CookiePolicyOptions, cookiePolicy as makePolicy } from "../../src/defence/index.ts";
import { fakeClock } from "../../src/testing/index.ts";
import { handler, serveRow } from "./policy-apps.ts";
import type { Wrapper } from "./wrappers.ts";

/** What a policy makes of `a=1`. */
export const FULL = "a=1; HttpOnly; SameSite=Lax; Secure";
export const clock = fakeClock();

/** A policy on that clock, which tells nobody. */
export const cookiePolicy = (options: CookiePolicyOptions = {}): Wrapper =>
  makePolicy({ clock, onReport: () => {}, ...options }) as Wrapper;

/** What a policy makes of these headers. */
export async function harden(
  test: TestContext,
  headers: readonly string[],
  options?: CookiePolicyOptions,
  https = true,
): Promise<readonly string[]> {
  const send = handler((res) => res.setHeader("Set-Cookie", headers) && res.end());
  const agent = await serveRow(test, "node:http", [cookiePolicy(options), send], { https });
  return (await agent.get("/")).setCookie;
}
