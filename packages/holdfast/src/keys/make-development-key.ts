/**
 * Puts the development key in its place: whole or not at all, never over another one, for its owner only.
 *
 * @module
 */

import fs from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../errors.ts";
import { isOwnFolder } from "./private-file.ts";

/**
 * Makes `file` in `folder`, and the folder too, with a `.gitignore` that keeps its files out of version control.
 *
 * @param folder - made with mode 0700; an existing one must be this user's and not writable for others
 * @param random - for the name of the temporary file
 * @returns false if the file was there already; it is left as it is
 * @throws {HoldfastError} `ERR_HOLDFAST_KEY_FILE` for the folder, and whatever the file system says
 */
export function makeDevelopmentKey(
  folder: string,
  file: string,
  content: string,
  random: (size: number) => Buffer,
): boolean {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkDevelopmentFolder(folder);
  writeNew(join(folder, ".gitignore"), "*\n", 0o600);
  const temporary = join(folder, `.development.key.${random(8).toString("hex")}`);
  try {
    fs.writeFileSync(temporary, content, { flag: "wx", mode: 0o600, flush: true });
    return publish(temporary, file, content);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/**
 * Refuses a folder in which somebody else may exchange the key, and a link, which may lead to one. A missing folder
 * is fine.
 *
 * @throws {HoldfastError} `ERR_HOLDFAST_KEY_FILE`
 */
export function checkDevelopmentFolder(folder: string): void {
  if (isOwnFolder(folder)) return;
  throw new HoldfastError(
    "ERR_HOLDFAST_KEY_FILE",
    `The folder ${folder} for the development key must be a directory of your own that nobody else can write to. ` +
      "Delete it and it is made anew; where permissions cannot be set, pass a secret of your own: " +
      "{ secret: process.env.SESSION_SECRET }.",
  );
}

/** A link appears at once, with all its content, and only where there is nothing yet. */
function publish(temporary: string, file: string, content: string): boolean {
  try {
    fs.linkSync(temporary, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // Some file systems have no hard links. Writing in place is all that is left there.
    return writeNew(file, content, 0o600);
  }
}

/** False if there is something of that name already. */
function writeNew(file: string, content: string, mode: number): boolean {
  try {
    fs.writeFileSync(file, content, { flag: "wx", mode, flush: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
