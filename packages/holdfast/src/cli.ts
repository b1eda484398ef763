#!/usr/bin/env node
/**
 * The `holdfast` command.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { auditLogCommand } from "./cli/audit-log.ts";
import { type Command, UsageError } from "./cli/command.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { HELP } from "./cli/help.ts";
import { keygen } from "./cli/keygen.ts";
import { keysCommand } from "./cli/keys.ts";
import { migrateCommand } from "./cli/migrate.ts";

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["keygen", keygen],
  ["audit-log", auditLogCommand],
  ["keys", keysCommand],
  ["migrate", migrateCommand],
  ["doctor", doctorCommand],
]);

const HELP_FLAGS = ["-h", "--help"];
const VERSION_FLAGS = ["-v", "--version"];

/** @returns the exit code; undefined is 0 */
async function run([name, ...args]: readonly string[]): Promise<number | undefined> {
  if ([name, ...args].some((arg) => arg !== undefined && HELP_FLAGS.includes(arg))) {
    process.stdout.write(HELP);
    return;
  }
  if (name === undefined) throw new UsageError("No command given.");
  if (VERSION_FLAGS.includes(name)) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`There is no command ${JSON.stringify(name)}.`);
  const { text, exitCode, final = false } = await command(args);
  process.stdout.write(text, () => {
    if (final) process.exit(exitCode ?? 0);
  });
  return exitCode;
}

function version(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return version;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.exitCode = 2;
  // What a command has opened must not keep the process going after it has failed.
  process.stderr.write(`${error.message}\nRun \`holdfast --help\` to see what there is.\n`, () =>
    process.exit(),
  );
}
