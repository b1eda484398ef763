import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { databaseFor } from "../store/databases.ts";
import { keyFileFor } from "../support/rotating-apps.ts";
import { strongSecret } from "../support/session-app.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const PROCESSES = 4;

interface Seen {
  readonly rotated: string;
  readonly keys: readonly (readonly [id: string, state: string])[];
}

/** Processes that start, and rotate, at the same time; what each of them saw. */
async function rotateTogether(...args: string[]): Promise<Seen[]> {
  const env = { ...process.env, SESSION_SECRET: strongSecret() };
  const workers = Array.from({ length: PROCESSES }, () =>
    spawn(process.execPath, ["--import", "tsx", WORKER, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      env,
    }),
  );
  const outputs = workers.map(({ stdout }) => createInterface(stdout)[Symbol.asyncIterator]());
  for (const output of outputs) assert.equal((await output.next()).value, "ready");
  for (const { stdin } of workers) stdin.end("go");
  return Promise.all(outputs.map(async (output): Promise<Seen> => JSON.parse((await output.next()).value)));
}

describe("processes that start and rotate at the same time", () => {
  for (const [where, args] of [
    ["one key file", (test) => [databaseFor(test), keyFileFor(test)]],
    ["one SQLite store", (test) => [databaseFor(test)]],
  ] as const satisfies readonly (readonly [
    string,
    (test: Parameters<typeof databaseFor>[0]) => string[],
  ])[]) {
    it(`on ${where} get one first key and one new one, and lose none`, async (test) => {
      const seen = await rotateTogether(...args(test));
      const [first] = seen;
      assert.ok(first);
      assert.deepEqual(
        first.keys.map(([, state]) => state),
        ["pending", "active"],
      );
      assert.equal(first.rotated, first.keys[0]?.[0]);
      for (const one of seen) assert.deepEqual(one, first);
    });
  }
});
