/**
 * The secret of an app in development that was given none: made once and kept in a file that only its owner can
 * read, so that sessions outlive a restart and nobody needs a sample secret to begin.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { HoldfastError } from "../errors.ts";
import { checkDevelopmentFolder, makeDevelopmentKey } from "./make-development-key.ts";
import { readPrivateFile } from "./private-file.ts";
import { checkSecrets, newSecret } from "./secrets.ts";

/** What {@link developmentSecret} needs. */
export interface DevelopmentKeyOptions {
  /** The directory of the key file. Default: `.holdfast` in the working directory. */
  readonly directory?: string | undefined;
  readonly random: (size: number) => Buffer;
  /** Told once, by the process that makes the file, where it is. The message holds no key. */
  readonly announce: (message: string) => void;
}

/**
 * Reads the development secret; makes it first if there is none. Processes that start at the same time agree on one.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_KEY_FILE` if the file is not a plain file of this user's that nobody else can
 *   read, or holds no strong secret, or cannot be read or made
 */
export function developmentSecret({ directory, random, announce }: DevelopmentKeyOptions): string {
  const folder = resolve(directory ?? ".holdfast");
  const file = join(folder, "development.key");
  const { secret, made } = readOrMake(folder, file, random);
  if (made) {
    announce(
      `Holdfast made a session secret for development in ${file}. ` +
        "Production needs its own: make one with `npx holdfast keygen` and pass it as { secret: process.env.SESSION_SECRET }.",
    );
  }
  return secret;
}

function readOrMake(
  folder: string,
  file: string,
  random: (size: number) => Buffer,
): { readonly secret: string; readonly made: boolean } {
  try {
    const existing = readSecret(folder, file);
    if (existing !== undefined) return { secret: existing, made: false };
    const made = makeDevelopmentKey(folder, file, `${newSecret(random)}\n`, random);
    const secret = readSecret(folder, file);
    if (secret !== undefined) return { secret, made };
    throw unusable(file, "disappeared while it was being made");
  } catch (error) {
    throw error instanceof HoldfastError ? error : unusable(file, "cannot be read or made", error);
  }
}

/** The secret in the file, or `undefined` if there is no file. */
function readSecret(folder: string, file: string): string | undefined {
  checkDevelopmentFolder(folder);
  const text = readPrivateFile(file, (what, cause) => unusable(file, what, cause));
  return text === undefined ? undefined : checkContent(file, text.trim());
}

function checkContent(file: string, secret: string): string {
  try {
    checkSecrets(secret);
    return secret;
  } catch (error) {
    throw unusable(file, secret === "" ? "is empty" : "does not hold a strong secret", error);
  }
}

function unusable(file: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_KEY_FILE",
    `The development key file ${file} ${what}. Delete it and a new one is made, ` +
      "or pass a secret of your own: { secret: process.env.SESSION_SECRET }.",
    cause === undefined ? undefined : { cause },
  );
}
