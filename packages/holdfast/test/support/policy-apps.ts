import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import express from "express";
import { type TestAgent, testAgent } from "../../src/testing/agent.ts";
import type { Wrapper } from "./wrappers.ts";

const express4: typeof express = createRequire(import.meta.url)("express4");

/** Puts middleware in a row, on each kind of server. */
export const stacks: Readonly<Record<string, (...row: Wrapper[]) => RequestListener>> = {
  "Express 5": (...row) => quiet(express()).use(...row),
  "Express 4": (...row) => quiet(express4()).use(...row),
  "node:http": (...row) => {
    return (req, res) => {
      const run = (at: number): unknown => row[at]?.(req, res, () => run(at + 1));
      run(0);
    };
  },
};

/** An app of these, on loopback; it stops after the test. */
export async function serveRow(
  test: TestContext,
  stack: string,
  row: readonly Wrapper[],
  { https = true }: { readonly https?: boolean } = {},
): Promise<TestAgent> {
  const make = stacks[stack];
  if (make === undefined) throw new Error(`there is no ${stack}`);
  const agent = await testAgent(make(...row), { https });
  test.after(() => agent.close());
  return agent;
}

/** A handler that sends what `send` sends, and nothing after it. */
export function handler(send: (res: ServerResponse, req: IncomingMessage) => unknown): Wrapper {
  return (req, res) => void send(res, req);
}

// Express writes errors that no handler takes to the console.
function quiet(app: express.Express): express.Express {
  app.set("env", "test");
  return app;
}

/** Runs with another NODE_ENV. */
export function inEnvironment<T>(environment: string, make: () => T): T {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = environment;
  try {
    return make();
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}
