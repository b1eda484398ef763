import { readFileSync } from "node:fs";

/** The version of a package as it is installed here, which its `exports` may hide. */
export function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version;
}
