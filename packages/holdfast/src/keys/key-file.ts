import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Awaitable } from "../awaitable.ts";
import { HoldfastError } from "../errors.ts";
import { checkOptionNames } from "../option-checks.ts";
import { decodeKeys, encodeKeys } from "./document.ts";
import { withLock } from "./lock-file.ts";
import { isOwnFolder, readPrivateFile } from "./private-file.ts";
import {
  type KeyProvider,
  type KeySource,
  ROTATION_NAMES,
  type RotationOptions,
  rotationOf,
} from "./provider.ts";
import type { KeyEntry } from "./schedule.ts";

/** Longer than a lock of a process that has died is respected. */
const PATIENCE_MS = 15_000;

/**
 * Keys in a file that rotate by the clock. The file is made at the first start, with mode 0600; all processes of one
 * machine may share it, and whichever finds a rotation due does it for all. It must lie on a local disk, in a folder
 * that no other user can write to.
 *
 * @param path - the file's path or `file:` URL
 * @throws {HoldfastError} `ERR_HOLDFAST_OPTION`, `ERR_HOLDFAST_OPTION_UNKNOWN`, `ERR_HOLDFAST_DURATION`,
 * `ERR_HOLDFAST_LIMITS`; and from `session()`: `ERR_HOLDFAST_KEY_FILE`, `ERR_HOLDFAST_KEYS_CORRUPT`,
 * `ERR_HOLDFAST_KEYS_FORMAT`
 *
 * @example
 * ```ts
 * app.use(session({ secret: keyFile("data/keys.json", { rotate: "30d", propagation: "1h" }) }));
 * ```
 */
export function keyFile(path: string | URL, options: RotationOptions = {}): KeyProvider {
  checkOptionNames("keyFile()", options, ROTATION_NAMES);
  const { every, propagation, refresh } = rotationOf("keyFile()", options);
  const file = pathOf(path);
  return { rotation: { every, propagation }, refresh, connect: () => fileSource(file) };
}

/** The keys in a file; the text of the file is their version. */
export function fileSource(file: string): KeySource {
  return {
    read: () =>
      orUnusable(file, () => {
        const text = readText(file);
        return text === undefined ? null : { keys: decodeKeys(text, `The key file ${file}`), version: text };
      }),
    write: (keys, version) => orUnusable(file, () => writeText(file, keys, version)),
  };
}

function readText(file: string): string | undefined {
  const folder = dirname(file);
  if (!isOwnFolder(folder)) {
    throw unusable(file, `cannot be trusted: its folder ${folder} is a link, or others can write to it`);
  }
  return readPrivateFile(file, (what, cause) => unusable(file, what, cause));
}

function writeText(file: string, keys: readonly KeyEntry[], version: unknown): Awaitable<boolean> {
  fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const locked = (): Error => unusable(file, `stays locked: remove ${file}.lock if no process uses it`);
  return withLock(
    `${file}.lock`,
    (held) => {
      if ((readText(file) ?? null) !== version) return false;
      return replaceFile(file, encodeKeys(keys), held);
    },
    PATIENCE_MS,
    locked,
  );
}

/** Whoever reads sees the old text or the new one, after a power cut too. */
function replaceFile(file: string, text: string, held: () => boolean): boolean {
  const temporary = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    fs.writeFileSync(temporary, text, { flag: "wx", mode: 0o600, flush: true });
    if (!held()) return false;
    fs.renameSync(temporary, file);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  flushFolder(dirname(file));
  return true;
}

function flushFolder(folder: string): void {
  try {
    const descriptor = fs.openSync(folder, "r");
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // Not every system lets a folder be flushed; the rename is atomic all the same.
  }
}

function orUnusable<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof HoldfastError ? error : unusable(file, "cannot be read or written", error);
  }
}

function unusable(file: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "ERR_HOLDFAST_KEY_FILE",
    `The key file ${file} ${what}. It must be a plain file of this user's with mode 0600, in a folder that only this user ` +
      "can write to.",
    cause === undefined ? undefined : { cause },
  );
}

function pathOf(path: unknown): string {
  if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return resolve(path);
  throw new HoldfastError(
    "ERR_HOLDFAST_OPTION",
    'keyFile(): the file must be a path such as "data/keys.json", or a file: URL object.',
  );
}
