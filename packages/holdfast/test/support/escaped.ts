import type { TestContext } from "node:test";

/** Collects what escapes from handlers while a test runs; outside tests it would end the process. */
export function escaped(test: TestContext): readonly unknown[] {
  const found: unknown[] = [];
  const note = (error: unknown): void => void found.push(error);
  process.on("unhandledRejection", note).on("uncaughtException", note);
  test.after(() => process.off("unhandledRejection", note).off("uncaughtException", note));
  return found;
}
