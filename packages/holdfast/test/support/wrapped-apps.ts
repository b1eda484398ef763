import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import type express from "express";
import { type Sessions, session } from "../../src/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import { strongSecret } from "./session-app.ts";
import type { WatchedStore } from "./watched-store.ts";
import type { Wrapper } from "./wrappers.ts";

/** Where a wrapper of replies stands. */
export type Layout = (sessions: Sessions, wrap: Wrapper, handler: RequestListener) => RequestListener;

export const layouts: Readonly<Record<string, Layout>> = {
  "before the session, on node:http": (sessions, wrap, handler) => (req, res) =>
    wrap(req, res, () => sessions(req, res, () => handler(req, res))),
  "after the session, on node:http": (sessions, wrap, handler) => (req, res) =>
    sessions(req, res, () => wrap(req, res, () => handler(req, res))),
  "before the session, on Express": (sessions, wrap, handler) => newExpress()().use(wrap, sessions, handler),
  "after the session, on Express": (sessions, wrap, handler) => newExpress()().use(sessions, wrap, handler),
};

/** A copy of Express that has seen no session yet: the first request is special. */
export function newExpress(): typeof express {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache)) {
    if (path.includes("/node_modules/express/")) delete require.cache[path];
  }
  return require("express");
}

export function dataOf(req: IncomingMessage): { n?: number } {
  return (req as unknown as { session: { n?: number } }).session;
}

/** Starts a server with the wrapper in its place; it stops after the test. */
export async function start(
  test: TestContext,
  mount: Layout,
  store: WatchedStore,
  wrap: Wrapper,
  handler: (req: IncomingMessage, res: ServerResponse) => unknown,
): Promise<{ agent: TestAgent }> {
  const sessions = session({ secret: strongSecret(), store });
  const listener = mount(sessions, wrap, (req, res) => void handler(req, res));
  // Express writes errors that no handler takes to the console.
  if ("set" in listener && typeof listener.set === "function") listener.set("env", "test");
  const agent = await testAgent(listener);
  test.after(() => agent.close());
  return { agent };
}
