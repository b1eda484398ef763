import type { TestContext } from "node:test";
import type { TestAgent } from "../../src/testing/index.ts";
import { type AppOptions, cookieOf, handleIn, type SessionApp, sessionApp } from "./session-app.ts";

/** Anna on two devices, Bert on one. */
export interface ThreeSessions {
  readonly app: SessionApp;
  readonly phone: TestAgent;
  readonly laptop: TestAgent;
  readonly bert: TestAgent;
}

/** Signs the three in, the laptop a minute after the phone. */
export async function threeSessions(test: TestContext, options: AppOptions): Promise<ThreeSessions> {
  const app = await sessionApp(test, options);
  const [phone, laptop, bert] = [app.agent.newBrowser(), app.agent.newBrowser(), app.agent.newBrowser()];
  await app.act((session) => session.signIn("anna"), { by: phone, headers: { "user-agent": "Phone/1" } });
  app.clock.advance("1m");
  await app.act((session) => session.signIn("anna"), { by: laptop, headers: { "user-agent": "Laptop/2" } });
  await bert.signIn("bert");
  return { app, phone, laptop, bert };
}

export function handleOf(browser: TestAgent): string {
  return handleIn(cookieOf(browser));
}

/** Whom the app sees when `by` comes. */
export async function userSeen(app: SessionApp, by: TestAgent): Promise<unknown> {
  return (await app.data(by)).userId;
}
