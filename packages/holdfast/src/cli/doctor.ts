import { readFileSync } from "node:fs";
import { type Outcome, parse, UsageError } from "./command.ts";
import { SourceFile } from "./doctor/examine.ts";
import { declaredLibraries, programsAt } from "./doctor/files.ts";
import { type Examination, LEVELS, type Level, type Unread } from "./doctor/finding.ts";
import type { LibraryName } from "./doctor/libraries.ts";
import { examineReply } from "./doctor/live/examine-reply.ts";
import { copiedReply, fetchReply } from "./doctor/live/reply.ts";
import { loadParser } from "./doctor/parser.ts";
import { report } from "./doctor/report.ts";

/** What was looked at, and what came of it. */
interface Look extends Examination {
  /** A sentence: how much was looked at. */
  readonly looked: string;
}

/** How many files go by between two signs of life. */
const PROGRESS = 100;

/** `holdfast doctor TARGET…`: exit code 0 if nothing is as bad as `--level`, 1 if something is. */
export async function doctorCommand(args: readonly string[]): Promise<Outcome> {
  const { values, positionals } = parse(args, {
    level: { type: "string" },
    json: { type: "boolean" },
    "set-cookie": { type: "string", multiple: true },
  });
  const level = LEVELS.find((one) => one === (values.level ?? "warning"));
  if (level === undefined) throw new UsageError(`--level is one of ${LEVELS.join(", ")}.`);
  const headers = values["set-cookie"] ?? [];
  const looks: Look[] = headers.length > 0 ? [lookAtHeaders(headers)] : [];
  const urls = positionals.filter(isUrl);
  for (const url of urls) looks.push(await lookAtUrl(url));
  const paths = positionals.filter((target) => !isUrl(target));
  if (paths.length > 0) looks.push(await lookAtPrograms(paths));
  if (looks.length === 0) {
    throw new UsageError("doctor needs something to look at: files, folders, a URL, or --set-cookie.");
  }
  const findings = looks.flatMap((look) => look.findings);
  const whole = {
    findings,
    unread: looks.flatMap(({ unread }) => unread),
    recognised: looks.flatMap(({ recognised }) => recognised),
  };
  const text = values.json
    ? `${JSON.stringify(whole, null, 2)}\n`
    : report(whole, looks.map(({ looked }) => looked).join(" "), wantsColours());
  return { text, exitCode: findings.some((one) => isAsBad(one.level, level)) ? 1 : 0 };
}

function isAsBad(level: Level, limit: Level): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(limit);
}

function isUrl(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

function wantsColours(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}

function lookAtHeaders(headers: readonly string[]): Look {
  const text = headers.map((header) => (header === "-" ? readFileSync(0, "utf8") : header)).join("\n");
  return { ...examineReply(copiedReply(text), Date.now()), looked: "Headers: as given." };
}

async function lookAtUrl(target: string): Promise<Look> {
  if (!URL.canParse(target)) throw new UsageError("That is not a URL.");
  const url = new URL(target);
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("A URL for the doctor holds no name and no password.");
  }
  const reply = await fetchReply(url).catch((error: unknown) => {
    throw new UsageError(`${url.origin} does not answer (${reason(error)}).`, { cause: error });
  });
  return { ...examineReply(reply, Date.now()), looked: `One reply of ${url.origin}.` };
}

/** What `fetch` failed with: the code of the network's error, not its text, which may hold the whole URL. */
function reason(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : undefined;
  const code: unknown = cause instanceof Error ? (Reflect.get(cause, "code") ?? cause.name) : undefined;
  return typeof code === "string" ? code : "unknown error";
}

async function lookAtPrograms(paths: readonly string[]): Promise<Look> {
  const parseProgram = await loadParser();
  const files: SourceFile[] = [];
  const unread: Unread[] = [];
  let count = 0;
  for (const path of paths) {
    for await (const { name, source } of programsAt(path)) {
      count++;
      if (count % PROGRESS === 0 && process.stderr.isTTY) process.stderr.write(`\r${count} files`);
      if (source === undefined) unread.push({ place: { in: name }, what: "longer than a megabyte" });
      // Whatever there is to say has to do with a session.
      else if (/session/i.test(source)) {
        try {
          files.push(new SourceFile(source, name, parseProgram));
        } catch {
          unread.push({ place: { in: name }, what: "neither JavaScript nor TypeScript that can be parsed" });
        }
      }
    }
  }
  if (count >= PROGRESS && process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  const libraries = await librariesOf(files, paths);
  const identifies = files.some((file) => file.identifies);
  const examined = files.map((file) => file.examine({ libraries, identifies }));
  if (libraries.length === 0) unread.push(noLibrary(paths));
  return {
    findings: examined.flatMap(({ findings }) => findings),
    unread: [...unread, ...examined.flatMap((one) => one.unread)],
    recognised: [],
    looked: `Files: ${count}. Sessions by: ${libraries.join(", ") || "nobody that is known"}.`,
  };
}

/** Those that the files set up; where none does, those of the package's dependencies. */
async function librariesOf(
  files: readonly SourceFile[],
  paths: readonly string[],
): Promise<readonly LibraryName[]> {
  const here = new Set(files.flatMap(({ libraries }) => libraries));
  if (here.size > 0) return [...here];
  const declared = await Promise.all(paths.map((path) => declaredLibraries(path)));
  return [...new Set(declared.flat())];
}

function noLibrary(paths: readonly string[]): Unread {
  return {
    place: { in: paths.join(", ") },
    what: "no session middleware was found, so handlers were not judged: name the folder that holds it too",
  };
}
