import type { TestContext } from "node:test";
import { type AppOptions, cookieOf, NAME, type SessionApp, sessionApp } from "./session-app.ts";

export const MINUTE = 60_000;
export const RENEW = 15 * MINUTE;
export const GRACE = 30_000;
export const secretIn = (cookie: string): string | undefined => cookie.split(".")[2];
export const read = (session: object): object => session;

/** The session cookies that a reply sets. */
export const given = (setCookie: readonly string[]): string[] =>
  setCookie
    .filter((header) => header.startsWith(`${NAME}=`))
    .map((header) => header.slice(NAME.length + 1).split(";", 1)[0] ?? "");

/** Signed in 15 minutes ago, seen a minute ago. */
export async function due(
  test: TestContext,
  options: AppOptions,
): Promise<{ app: SessionApp; first: string }> {
  const app = await sessionApp(test, options);
  await app.agent.signIn("anna");
  const first = cookieOf(app.agent);
  await app.clock.advance(RENEW - MINUTE);
  await app.data();
  await app.settle();
  await app.clock.advance(MINUTE);
  app.takeEvents();
  return { app, first };
}

/** A promise and what settles it. */
export function gate(): { readonly open: Promise<void>; readonly release: () => void } {
  let release = (): void => {};
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { open, release };
}
