import { UsageError } from "../command.ts";
import type { Parse } from "./examine.ts";

/**
 * The parser of `@babel/parser`, an optional peer dependency: an app that never asks the doctor need not have it.
 *
 * @param load - how to get it; passed in by tests
 * @throws {UsageError} if it is not installed
 */
export async function loadParser(
  load: () => Promise<typeof import("@babel/parser")> = () => import("@babel/parser"),
): Promise<Parse> {
  const { parse } = await load().catch((error: unknown) => {
    throw new UsageError("To read programs the doctor needs a parser: npm install --save-dev @babel/parser", {
      cause: error,
    });
  });
  return (source, file) =>
    parse(source, {
      sourceType: "unambiguous",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      allowUndeclaredExports: true,
      errorRecovery: true,
      plugins: pluginsFor(file),
    });
}

function pluginsFor(file: string): ("typescript" | "jsx" | "decorators-legacy")[] {
  const typed = /\.[cm]?tsx?$/.test(file);
  // In .ts, `<T>value` is a type assertion; everywhere else angle brackets may be JSX.
  const jsx = !typed || file.endsWith("x");
  return [
    ...(typed ? (["typescript"] as const) : []),
    ...(jsx ? (["jsx"] as const) : []),
    "decorators-legacy",
  ];
}
