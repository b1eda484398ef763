#!/usr/bin/env node
/**
 * The `holdfast` command.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { newSecret } from "./keys/secrets.ts";

const HELP = `Usage: holdfast <command> [options]

Commands:
  keygen            Print a new session secret: 256 random bits, as 43 characters of base64url

Options of keygen:
  --env             Print it as a line for a .env file: SESSION_SECRET=...
  --count <number>  Print that many, one a line (1 to 100)

Options:
  -h, --help        Print this text
  -v, --version     Print the version

Keep the secret out of version control. To rotate it, put a new one first and keep the old one behind it:
  session({ secret: [process.env.NEW_SESSION_SECRET, process.env.SESSION_SECRET] })
`;

/** A command line that cannot be understood: said on stderr, with exit code 2. */
class UsageError extends Error {}

function run(args: readonly string[]): string {
  const { values, positionals } = parse(args);
  if (values.help) return HELP;
  if (values.version) return `${version()}\n`;
  const [command, extra] = positionals;
  if (command === undefined) throw new UsageError("No command given.");
  if (command !== "keygen") throw new UsageError(`There is no command ${JSON.stringify(command)}.`);
  if (extra !== undefined) throw new UsageError(`keygen takes no argument ${JSON.stringify(extra)}.`);
  return keygen(values.count ?? "1", values.env ?? false);
}

function keygen(count: string, env: boolean): string {
  if (!/^(?:[1-9]\d?|100)$/.test(count))
    throw new UsageError("--count must be a whole number from 1 to 100.");
  if (env && count !== "1") throw new UsageError("--env prints one line; use it without --count.");
  const name = env ? "SESSION_SECRET=" : "";
  return Array.from({ length: Number(count) }, () => `${name}${newSecret(randomBytes)}\n`).join("");
}

interface CommandLine {
  readonly values: {
    readonly help?: boolean | undefined;
    readonly version?: boolean | undefined;
    readonly env?: boolean | undefined;
    readonly count?: string | undefined;
  };
  readonly positionals: readonly string[];
}

function parse(args: readonly string[]): CommandLine {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
        env: { type: "boolean" },
        count: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function version(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return version;
}

try {
  process.stdout.write(run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\nRun \`holdfast --help\` to see what there is.\n`);
  process.exitCode = 2;
}
