import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApiName } from "./session-apis.ts";
import type { ExpressVersion } from "./settings.ts";

/** Where a run leaves what it found; not under version control. */
const FOLDER = fileURLToPath(new URL("../results", import.meta.url));

export interface Outcome {
  readonly api: ApiName;
  readonly express: ExpressVersion;
  readonly sentence: string;
  /** True if the sentence tells a difference from what the package does on express-session. */
  readonly differs: boolean;
  readonly held: boolean;
}

/** A row of the page: one package, or several that are used together. */
export interface Row {
  /** The package that the row is about, as npm calls it. */
  readonly name: string;
  /** Others that are used with it. Default none. */
  readonly beside?: readonly string[];
  /** What is at the other end, in a few words: "Redis 7.0". */
  readonly seen: string;
  /** Why it cannot be tried here, or false. */
  readonly skip?: string | false;
}

export interface Result {
  readonly name: string;
  readonly seen: string;
  /** Why it could not be tried, or false. */
  readonly skip: string | false;
  /** Of all packages of the row, as installed. */
  readonly versions: Readonly<Record<string, string>>;
  readonly outcomes: readonly Outcome[];
}

export function saveResult(result: Result): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    join(FOLDER, `${result.name.replace("/", "-")}.json`),
    `${JSON.stringify(result, null, 2)}\n`,
  );
}

/** What the last run found, by name of package. */
export function savedResults(): Result[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name): Result => JSON.parse(readFileSync(join(FOLDER, name), "utf8")));
}
