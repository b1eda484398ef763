import { setTimeout as delay } from "node:timers/promises";

/** Waits for a condition. @throws Error, saying what was waited for, if it does not come true in time */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patience = 15_000,
): Promise<void> {
  const latest = performance.now() + patience;
  while (!(await holds())) {
    if (performance.now() > latest) throw new Error(`waited ${patience} ms for ${what}`);
    await delay(10);
  }
}
