import type { RequestListener } from "node:http";
import type { TestContext } from "node:test";
import { type RequireHttpsOptions, requireHttps } from "../../src/defence/index.ts";
import { type TestAgent, testAgent } from "../../src/testing/index.ts";
import { handler, inEnvironment, serveRow } from "./policy-apps.ts";
import type { Wrapper } from "./wrappers.ts";

const reached = handler((res) => void res.end("reached"));

export interface Place {
  readonly stack?: string;
  readonly https?: boolean;
  readonly environment?: string;
}

/** A server behind `requireHttps()`, by default over plain HTTP and in production. */
export function serve(
  test: TestContext,
  options: RequireHttpsOptions,
  { stack = "node:http", https = false, environment = "production" }: Place = {},
): Promise<TestAgent> {
  const guard = inEnvironment(environment, () => requireHttps({ onWarning: () => {}, ...options }));
  return serveRow(test, stack, [guard as Wrapper, reached], { https });
}

/** An app of its own, over plain HTTP. */
export async function plain(test: TestContext, app: RequestListener): Promise<TestAgent> {
  const agent = await testAgent(app, { https: false });
  test.after(() => agent.close());
  return agent;
}

/** Where the app is served. */
export const host = "example.com";
