/** Programs of the application as processes of their own. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "./application.ts";
import { Client } from "./client.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A source file of the application, to be run as it is. */
export function program(file: string): readonly [string, ...string[]] {
  // Whatever lets this process run TypeScript lets that one.
  const loaders = process.execArgv.filter((argument) => !argument.startsWith("--test"));
  return [process.execPath, ...loaders, fileURLToPath(new URL(`../../src/${file}`, import.meta.url))];
}

export interface Process {
  readonly child: ChildProcess;
  /** Its `DATA_DIR`. */
  readonly directory: string;
  /** What it has said so far. */
  readonly said: { out: string; error: string };
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Waits for a line on standard output, or of the log on standard error. */
  line(pattern: RegExp, from?: "out" | "error"): Promise<RegExpExecArray>;
  /** A new device; waits until the process says where it is. */
  client(): Promise<Client>;
}

/** Starts programs for the tests of a `describe`; afterwards none of them is left, nor their files. */
export function useProcesses(): {
  start: (command: readonly [string, ...string[]], environment?: Record<string, string>) => Process;
  newDirectory: () => string;
} {
  const directories: string[] = [];
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const newDirectory = (): string => {
    const directory = temporaryDirectory();
    directories.push(directory);
    return directory;
  };
  const start = (
    [command, ...args]: readonly [string, ...string[]],
    environment: Record<string, string> = {},
  ): Process => {
    const directory = environment.DATA_DIR ?? newDirectory();
    const child = spawn(command, args, {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? "",
        PORT: "0",
        HTTP_PORT: "0",
        SESSION_SECRET: randomBytes(32).toString("base64url"),
        DATA_DIR: directory,
        ...environment,
      },
    });
    children.push(child);
    return watch(child, directory);
  };
  return { start, newDirectory };
}

function watch(child: ChildProcess, directory: string): Process {
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const said = { out: "", error: "" };
  stdout.on("data", (chunk: Buffer) => {
    said.out += chunk;
  });
  stderr.on("data", (chunk: Buffer) => {
    said.error += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  const line: Process["line"] = async (pattern, from = "out") => {
    for (;;) {
      const match = pattern.exec(said[from]);
      if (match) return match;
      const outcome: unknown = await Promise.race([once(from === "out" ? stdout : stderr, "data"), ended]);
      if (!Array.isArray(outcome)) assert.fail(`ended with ${outcome}: ${said.error}`);
    }
  };
  const client = async (): Promise<Client> => {
    const [, port] = await line(/Server running on port (\d+)/);
    return new Client(Number(port), readFileSync(join(directory, "tls", "ca.pem"), "utf8"));
  };
  return { child, directory, said, ended, line, client };
}
