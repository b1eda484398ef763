/**
 * Counts the instructions of a Node.js process with callgrind, a tool of valgrind. Unlike processor time they hardly
 * change with the machine and what else runs there: twice the same gives the same within a few in a thousand.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { programsOf } from "test-servers";

const run = promisify(execFile);

/** `process.resourceUsage()` calls it, and little else. */
const MARK = "uv_getrusage";

/**
 * Nothing at the same time, nothing by chance: compilation happens where it is caused, and so does the collection of young
 * garbage. A full collection, at nobody's cost in particular, does not come.
 */
const PREDICTABLE = [
  "--single-threaded",
  "--predictable",
  "--hash-seed=1",
  "--no-flush-bytecode",
  "--initial-heap-size=1024",
  "--no-memory-reducer",
];

export interface CountedRun {
  readonly output: string;
  /** Instructions between two calls of `process.resourceUsage()`, and before the first. */
  readonly parts: readonly number[];
}

/** Runs `node args`. @throws Error if valgrind cannot be had, or the process fails */
export async function countInstructions(args: readonly string[]): Promise<CountedRun> {
  const valgrind = await programsOf({
    name: "valgrind",
    packages: ["valgrind", "libc6-dbg"],
    programs: ["valgrind"],
    folder: "usr/bin",
  });
  const folder = await mkdtemp(join(tmpdir(), "holdfast-instructions-"));
  try {
    const { stdout } = await run(
      join(valgrind.folder, "valgrind"),
      [
        "--tool=callgrind",
        "--quiet",
        `--callgrind-out-file=${join(folder, "part")}`,
        `--dump-before=${MARK}`,
        "--smc-check=all-non-file",
        // Else the thread that loads modules may have to wait until it disturbs what is counted.
        "--fair-sched=yes",
        ...debugInformation(valgrind.folder),
        process.execPath,
        ...PREDICTABLE,
        ...args,
      ],
      { env: { ...valgrind.env, ...libraryOf(valgrind.folder) } },
    );
    return { output: stdout, parts: await partsIn(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function partsIn(folder: string): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => /^part\.\d+$/.test(name));
  names.sort((a, b) => numberOf(a) - numberOf(b));
  return Promise.all(
    names.map(async (name) => {
      const total = /^totals: (\d+)/m.exec(await readFile(join(folder, name), "utf8"))?.[1];
      if (total === undefined) throw new Error(`callgrind's ${name} has no total`);
      return Number(total);
    }),
  );
}

const numberOf = (name: string): number => Number(name.slice("part.".length));

// Where Debian's package was unpacked rather than installed, it does not find its own parts.
const isInstalled = (folder: string): boolean => folder === "/usr/bin";
const rootOf = (folder: string): string => join(folder, "../..");

function libraryOf(folder: string): NodeJS.ProcessEnv {
  return isInstalled(folder) ? {} : { VALGRIND_LIB: join(rootOf(folder), "usr/libexec/valgrind") };
}

function debugInformation(folder: string): string[] {
  return isInstalled(folder) ? [] : [`--extra-debuginfo-path=${join(rootOf(folder), "usr/lib/debug")}`];
}
