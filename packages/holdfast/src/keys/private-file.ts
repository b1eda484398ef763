/**
 * Files that hold keys: read only if they are a plain file of this user's that nobody else can read or exchange.
 *
 * @module
 */

import fs from "node:fs";

/** Makes the error for a file that cannot be used; `what` goes on from its name: "is a symbolic link". */
export type Refusal = (what: string, cause?: unknown) => Error;

/**
 * The text of the file, or `undefined` if there is no file. Follows no symbolic link, which could lead to a key that
 * somebody else knows, and does not wait at a pipe.
 *
 * @throws what `refuse` makes, and whatever the file system says
 */
export function readPrivateFile(file: string, refuse: Refusal): string | undefined {
  const descriptor = openPlainly(file, refuse);
  if (descriptor === undefined) return undefined;
  try {
    checkOwnership(fs.fstatSync(descriptor), refuse);
    return fs.readFileSync(descriptor, "utf8");
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * True for a folder of this user's in which nobody else may exchange a file, and for a missing one. False for a link,
 * which may lead to one that is not.
 */
export function isOwnFolder(folder: string): boolean {
  const stats = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return true;
  const user = process.getuid?.();
  const foreign = user !== undefined && user !== 0 && stats.uid !== user;
  const open = user !== undefined && (stats.mode & 0o022) !== 0;
  return stats.isDirectory() && !foreign && !open;
}

function openPlainly(file: string, refuse: Refusal): number | undefined {
  try {
    return fs.openSync(
      file,
      fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === "EMLINK") throw refuse("is a symbolic link", error);
    throw error;
  }
}

function checkOwnership(stats: fs.Stats, refuse: Refusal): void {
  if (!stats.isFile()) throw refuse("is not a file");
  // Windows has no such bits: there the permissions of the user's own folders hold.
  if (process.getuid === undefined) return;
  if ((stats.mode & 0o077) !== 0) throw refuse("can be read or changed by other users");
  const user = process.getuid();
  if (user !== 0 && stats.uid !== user) throw refuse("belongs to another user");
}
