/**
 * One line per event on standard error: time, level, what happened, then `key=value` pairs.
 *
 * Values from outside are written as JSON strings, so a line break or an escape sequence in a User-Agent cannot
 * forge a line or drive a terminal (ASVS 16.4.1). Callers pass no cookie, token or password.
 *
 * @module
 */

/** From most to least talkative. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line may carry. */
type LogFields = Readonly<Record<string, unknown>>;

export type Log = Readonly<
  Record<Exclude<LogLevel, "silent">, (message: string, fields?: LogFields) => void>
>;

/**
 * @param threshold - lines below it are dropped
 * @param write - receives each finished line; standard error by default, so that standard output stays for the
 *   lines that say where the server is
 * @param always - fields of every line
 */
export function createLog(
  threshold: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
  now: () => number = Date.now,
  always: LogFields = {},
): Log {
  const from = LOG_LEVELS.indexOf(threshold);
  const line =
    (level: Exclude<LogLevel, "silent">) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < from) return;
      const time = new Date(now()).toISOString();
      write(`${time} ${level.padEnd(5)} ${clean(message)}${pairs({ ...always, ...fields })}\n`);
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

function pairs(fields: LogFields): string {
  let text = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${key}=${format(value)}`;
  }
  return text;
}

function format(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return /^[\w.:/@-]+$/.test(text) ? text : clean(JSON.stringify(text));
}

/** Control characters that JSON leaves alone (DEL, C1) and the ones a bare message may hold. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal.
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
