import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Sessions } from "../express/sessions.ts";
import type { MigrationReport } from "../migrate/report.ts";
import { type Outcome, parse, UsageError } from "./command.ts";

/**
 * `holdfast migrate FILE`: how far the migration of the app's middleware has come, which FILE exports. Exit code 0 if it
 * is told, 1 if the middleware takes nothing over, 2 if nothing could be told.
 */
export async function migrateCommand(args: readonly string[]): Promise<Outcome> {
  const { values, positionals } = parse(args, { json: { type: "boolean" } });
  const [file, extra] = positionals;
  if (file === undefined) throw new UsageError("migrate needs the file that exports the middleware.");
  if (extra !== undefined) throw new UsageError(`migrate takes no argument ${JSON.stringify(extra)}.`);
  const sessions = await middlewareIn(file);
  const report = await told(sessions);
  // The module's own connections would keep this process going.
  if (report === undefined) return { text: NOTHING, exitCode: 1, final: true };
  return { text: values.json === true ? asJson(report) : inWords(report, Date.now()), final: true };
}

const NOTHING =
  "This middleware takes no sessions over: it has no option `migrate`, or its `until` has passed.\n";

async function middlewareIn(file: string): Promise<Pick<Sessions, "ready" | "migration" | "close">> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`There is no file ${path}.`);
  let found: unknown;
  try {
    found = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new UsageError(`${path} cannot be imported (${messageOf(error)}).`);
  }
  const middleware = exportsOf(found).find(isMiddleware);
  if (middleware !== undefined) return middleware;
  throw new UsageError(
    `${path} exports no middleware of session(), neither as its default nor as \`sessions\`.`,
  );
}

// What a CommonJS module exports comes as the default of the imported one.
function exportsOf(module: unknown): readonly unknown[] {
  if ((typeof module !== "object" && typeof module !== "function") || module === null) return [];
  const main: unknown = Reflect.get(module, "default");
  const own = [main, Reflect.get(module, "sessions")];
  if ((typeof main !== "object" && typeof main !== "function") || main === null) return own;
  return [...own, Reflect.get(main, "default"), Reflect.get(main, "sessions")];
}

// By what it can do: the app may use another copy of this package than the one that runs here.
function isMiddleware(value: unknown): value is Pick<Sessions, "ready" | "migration" | "close"> {
  if (typeof value !== "function") return false;
  return ["ready", "migration", "close"].every((name) => typeof Reflect.get(value, name) === "function");
}

async function told(
  sessions: Pick<Sessions, "ready" | "migration" | "close">,
): ReturnType<Sessions["migration"]> {
  try {
    await sessions.ready();
    return await sessions.migration();
  } catch (error) {
    throw new UsageError(messageOf(error));
  } finally {
    await sessions.close().catch(() => undefined);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function asJson({ remaining, moved, ...report }: MigrationReport): string {
  return `${JSON.stringify({ ...report, remaining: remaining ?? null, moved: moved ?? null }, null, 2)}\n`;
}

const DAY = 86_400_000;

function inWords({ from, until, keepsLegacy, remaining, moved }: MigrationReport, now: number): string {
  const days = Math.max(0, Math.ceil((until.getTime() - now) / DAY));
  const kept = keepsLegacy ? ", those included that have moved and are kept" : "";
  return [
    `Sessions of ${from}, whose cookies are accepted until ${until.toISOString()} (${days} days).`,
    from !== "express-session"
      ? "  In cookies still:     not known, only their clients have them"
      : remaining === undefined
        ? "  In the legacy store:  not known, it cannot count"
        : `  In the legacy store:  ${remaining}${kept}`,
    moved === undefined
      ? "  Moved and live here:  not known, the store has no lists"
      : `  Moved and live here:  ${moved}`,
    `Next: ${nextStep(keepsLegacy, remaining)}`,
    "",
  ].join("\n");
}

function nextStep(keepsLegacy: boolean, remaining: number | undefined): string {
  if (remaining === 0)
    return "no legacy session is left. Take `migrate` out of the options, and the legacy store down.";
  if (keepsLegacy) {
    return "once there is no going back to the legacy app, take `keepLegacy` out; sessions move on as before.";
  }
  return "leave `migrate` as it is until that day; who has not come by then signs in anew.";
}
