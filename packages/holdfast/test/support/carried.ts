import type { TestContext } from "node:test";
import { CookieStore, type CookieStoreOptions } from "../../src/store/cookie.ts";
import { MemoryStore } from "../../src/store/memory.ts";
import type { TestAgent } from "../../src/testing/index.ts";
import { type AppOptions, NAME, type SessionApp, sessionApp } from "./session-app.ts";

/** The cookie that carries the session, over HTTPS. */
export const DATA = `${NAME}.data`;

/** An app whose clients carry their sessions. */
export function carriedApp(
  test: TestContext,
  options: AppOptions & CookieStoreOptions = {},
): Promise<SessionApp> {
  const { chunks, denyList, ...others } = options;
  return sessionApp(test, { store: new CookieStore({ chunks, denyList }), ...others });
}

/** The same with a deny list in memory. */
export function deniableApp(test: TestContext, options: AppOptions = {}): Promise<SessionApp> {
  return carriedApp(test, { denyList: new MemoryStore<unknown>(), ...options });
}

/** A browser with all cookies of another, as they are now. */
export function copyOf(agent: TestAgent, others: Readonly<Record<string, string>> = {}): TestAgent {
  const copy = agent.newBrowser();
  for (const [name, value] of agent.cookies) copy.cookies.set(name, value);
  for (const [name, value] of Object.entries(others)) copy.cookies.set(name, value);
  return copy;
}

/** The sealed session in a browser's cookie. */
export function dataOf(agent: TestAgent, name: string = DATA): string {
  const value = agent.cookies.get(name);
  if (value === undefined) throw new Error("the browser carries no session");
  return value;
}
