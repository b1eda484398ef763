/**
 * One process at a time: a lock that is a file beside the one it guards.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import type { Awaitable } from "../awaitable.ts";

/** What is done under the lock takes milliseconds. Whoever has it for longer than this has died. */
const STALE_MS = 10_000;

/**
 * Runs `work` while no other process does under the same lock; at once if it is free, else a promise.
 *
 * @param lock - the path; the file is there while the lock is held
 * @param work - `held()`: false if it took so long that another process has taken the lock over
 * @param patience - how long to wait for it, in milliseconds
 * @param taken - makes the error if that was not long enough
 */
export function withLock<T>(
  lock: string,
  work: (held: () => boolean) => T,
  patience: number,
  taken: () => Error,
): Awaitable<T> {
  const inode = take(lock);
  return inode === undefined ? waitFor(lock, work, patience, taken) : run(lock, inode, work);
}

async function waitFor<T>(
  lock: string,
  work: (held: () => boolean) => T,
  patience: number,
  taken: () => Error,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 20));
    const inode = take(lock);
    if (inode !== undefined) return run(lock, inode, work);
    if (performance.now() > end) throw taken();
  }
}

function run<T>(lock: string, inode: number, work: (held: () => boolean) => T): T {
  const held = (): boolean => fs.statSync(lock, { throwIfNoEntry: false })?.ino === inode;
  try {
    return work(held);
  } finally {
    if (held()) fs.rmSync(lock, { force: true });
  }
}

/** The lock file's inode number; `undefined` if somebody else has it. */
function take(lock: string): number | undefined {
  try {
    const descriptor = fs.openSync(lock, "wx", 0o600);
    const { ino } = fs.fstatSync(descriptor);
    fs.closeSync(descriptor);
    return ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    breakStale(lock);
    return undefined;
  }
}

function breakStale(lock: string): void {
  const stale = fs.statSync(lock, { throwIfNoEntry: false });
  // The system's time, as the file's is.
  if (stale === undefined || Math.abs(Date.now() - stale.mtimeMs) < STALE_MS) return;
  const aside = `${lock}.${randomBytes(8).toString("hex")}`;
  try {
    fs.renameSync(lock, aside);
    // Another process was faster, and this is its own lock already.
    if (fs.statSync(aside).ino !== stale.ino) fs.linkSync(aside, lock);
  } catch {
    // Gone meanwhile, or taken anew.
  } finally {
    fs.rmSync(aside, { force: true });
  }
}
