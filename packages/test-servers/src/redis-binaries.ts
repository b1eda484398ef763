import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How to run the server: a program and the environment it needs. */
export interface RedisBinaries {
  readonly server: string;
  readonly cli: string;
  readonly env: NodeJS.ProcessEnv;
}

const PACKAGES = ["redis-server", "redis-tools", "liblzf1", "libjemalloc2", "libatomic1"];
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/test-servers/redis", import.meta.url));

/**
 * `redis-server` of the PATH; else Debian's, whose packages are fetched and unpacked once, installing nothing.
 *
 * @throws Error if it can be had neither way
 */
export async function redisBinaries(): Promise<RedisBinaries> {
  const installed = (process.env.PATH ?? "").split(delimiter).find((folder) => has(folder));
  if (installed !== undefined) return binariesIn(installed, process.env);
  if (!existsSync(CACHE)) {
    await unpack().catch((error: unknown) => {
      throw new Error("no redis-server on the PATH, and Debian's package cannot be had", { cause: error });
    });
  }
  const libraries = join(CACHE, "usr/lib", await architecture());
  return binariesIn(join(CACHE, "usr/bin"), { ...process.env, LD_LIBRARY_PATH: libraries });
}

function has(folder: string): boolean {
  return existsSync(join(folder, "redis-server")) && existsSync(join(folder, "redis-cli"));
}

function binariesIn(folder: string, env: NodeJS.ProcessEnv): RedisBinaries {
  return { server: join(folder, "redis-server"), cli: join(folder, "redis-cli"), env };
}

async function architecture(): Promise<string> {
  const [name] = await readdir(join(CACHE, "usr/lib")).then((names) =>
    names.filter((name) => name.endsWith("-linux-gnu")),
  );
  return name ?? "";
}

// Two test files may unpack at once: each in a folder of its own, and whoever is first gives it its name.
async function unpack(): Promise<void> {
  const folder = `${CACHE}-${process.pid}`;
  await mkdir(folder, { recursive: true });
  try {
    await run("apt-get", ["download", ...PACKAGES], { cwd: folder }).catch(async () => {
      // A fresh machine has no package lists yet.
      await run("apt-get", ["update"]);
      await run("apt-get", ["download", ...PACKAGES], { cwd: folder });
    });
    for (const file of await readdir(folder)) await run("dpkg-deb", ["-x", file, "."], { cwd: folder });
    await rename(folder, CACHE).catch((error: unknown) => {
      if (!existsSync(CACHE)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
