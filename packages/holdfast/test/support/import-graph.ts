import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));
const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^;"']*?from\s+)?"([^"]+)"/gm;

export interface Import {
  readonly from: string;
  /** A file of the source, such as `session/core.ts`, or a package. */
  readonly to: string;
  readonly isType: boolean;
}

/** What each file of the library's source imports. */
export function importsOfSource(): readonly Import[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((it) => it.endsWith(".ts"));
  return files.flatMap((file) => {
    const from = withSlashes(file);
    const text = readFileSync(join(SOURCE, file), "utf8");
    return [...text.matchAll(IMPORT)].map(([, type, name = ""]) => ({
      from,
      to: name.startsWith(".") ? targetOf(file, name) : name,
      isType: type !== undefined,
    }));
  });
}

function targetOf(file: string, name: string): string {
  return withSlashes(relative(SOURCE, join(SOURCE, dirname(file), name)));
}

function withSlashes(path: string): string {
  return path.split(sep).join("/");
}

/** The folder at the top of the source in which a file is; the name of a package as it is. */
export function folderOf(path: string): string {
  return path.split("/")[0] ?? path;
}

/** All files that these import, and what those import, and so on, themselves included. */
export function reachable(imports: readonly Import[], starts: readonly string[]): ReadonlySet<string> {
  const found = new Set(starts);
  for (const file of found) for (const { from, to } of imports) if (from === file) found.add(to);
  return found;
}

/** A way from a file back to itself, if there is one. */
export function circleIn(imports: readonly Import[]): readonly string[] | undefined {
  const clear = new Set<string>();
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (clear.has(file)) return undefined;
    for (const { from, to } of imports) {
      const circle = from === file ? visit(to, [...way, file]) : undefined;
      if (circle !== undefined) return circle;
    }
    clear.add(file);
    return undefined;
  };
  for (const { from } of imports) {
    const circle = visit(from, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
