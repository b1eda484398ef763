import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/test-servers", import.meta.url));

/** A server's programs, and where else they come from. */
export interface Wanted {
  /** Names the folder they are unpacked in. */
  readonly name: string;
  /** Debian's packages, with those that they need. */
  readonly packages: readonly string[];
  /** All of these must be in one folder of the `PATH`. */
  readonly programs: readonly string[];
  /** Where Debian puts them: `"usr/bin"` or `"usr/sbin"`. */
  readonly folder: string;
}

/** Where the programs are, and the environment they need. */
export interface Programs {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The programs of the `PATH`; else Debian's, whose packages are fetched and unpacked once, installing nothing.
 *
 * @throws Error if they can be had neither way
 */
export async function programsOf(wanted: Wanted): Promise<Programs> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const installed = folders.find((folder) => wanted.programs.every((name) => existsSync(join(folder, name))));
  if (installed !== undefined) return { folder: installed, env: process.env };
  const root = join(CACHE, wanted.name);
  if (!existsSync(root)) {
    await unpack(wanted.packages, root).catch((error: unknown) => {
      const message = `no ${wanted.programs[0]} on the PATH, and Debian's package cannot be had`;
      throw new Error(message, { cause: error });
    });
  }
  const libraries = join(root, "usr/lib", await architecture(root));
  return { folder: join(root, wanted.folder), env: { ...process.env, LD_LIBRARY_PATH: libraries } };
}

async function architecture(root: string): Promise<string> {
  const names = await readdir(join(root, "usr/lib"));
  return names.find((name) => name.includes("-linux-gnu")) ?? "";
}

// Two test files may unpack at once: each in a folder of its own, and whoever is first gives it its name.
async function unpack(packages: readonly string[], root: string): Promise<void> {
  const folder = `${root}-${process.pid}`;
  await mkdir(folder, { recursive: true });
  try {
    await run("apt-get", ["download", ...packages], { cwd: folder }).catch(async () => {
      // A fresh machine has no package lists yet.
      await run("apt-get", ["update"]);
      await run("apt-get", ["download", ...packages], { cwd: folder });
    });
    for (const file of await readdir(folder)) await run("dpkg-deb", ["-x", file, "."], { cwd: folder });
    await rename(folder, root).catch((error: unknown) => {
      if (!existsSync(root)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
