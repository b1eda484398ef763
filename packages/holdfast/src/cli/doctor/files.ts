import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../command.ts";
import { LIBRARIES, type LibraryName } from "./libraries.ts";

const PROGRAM = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;

const TEST = /\.(?:test|spec)\.\w+$/;

/** Folders of what is made or installed, and of tests, whose secrets protect nothing. */
const OTHERS: ReadonlySet<string> = new Set([
  "node_modules",
  "dist",
  "build",
  "out",
  "coverage",
  "vendor",
  "test",
  "tests",
  "__tests__",
  "spec",
]);

/** A longer file is a bundle. */
const LONGEST = 1_000_000;

/** A program's text; `undefined` where it is too long to have been written by somebody. */
export interface ProgramText {
  readonly name: string;
  readonly source: string | undefined;
}

/**
 * The programs at `target`: the file, or those in the folder and the folders in it, tests left out.
 *
 * @throws {UsageError} if there is no such file or folder
 */
export async function* programsAt(target: string): AsyncGenerator<ProgramText> {
  const found = await stat(target).catch((error: unknown) => {
    // What may be a cookie is not repeated.
    if (target.includes("="))
      throw new UsageError("A header is judged with --set-cookie. There is no such file.");
    throw new UsageError(`There is no file or folder ${resolve(target)}.`, { cause: error });
  });
  if (!found.isDirectory()) {
    yield await readProgram(target);
    return;
  }
  const entries = await readdir(target, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(target, entry.name);
    if (entry.isDirectory()) {
      if (!OTHERS.has(entry.name) && !entry.name.startsWith(".")) yield* programsAt(path);
    } else if (entry.isFile() && isProgram(entry.name)) {
      yield await readProgram(path);
    }
  }
}

function isProgram(name: string): boolean {
  return PROGRAM.test(name) && !DECLARATIONS.test(name) && !TEST.test(name);
}

async function readProgram(name: string): Promise<ProgramText> {
  const { size } = await stat(name);
  return { name, source: size > LONGEST ? undefined : await readFile(name, "utf8") };
}

/** The session libraries in the `package.json` that is nearest to `target`. */
export async function declaredLibraries(target: string): Promise<readonly LibraryName[]> {
  for (let folder = resolve(target); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    if (text !== undefined) return librariesIn(text);
    if (folder === dirname(folder)) return [];
  }
}

function librariesIn(packageJson: string): readonly LibraryName[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(packageJson);
  } catch {
    return [];
  }
  const dependencies: unknown =
    typeof parsed === "object" && parsed !== null && Reflect.get(parsed, "dependencies");
  const names = typeof dependencies === "object" && dependencies !== null ? Object.keys(dependencies) : [];
  return LIBRARIES.map(({ name }) => name).filter((name) => names.includes(name));
}
