/**
 * Which line set a cookie: kept for each header as it is set. It takes a stack trace, so only in development.
 *
 * @module
 */
import { OutgoingMessage, type ServerResponse } from "node:http";
import { Http2ServerResponse } from "node:http2";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Deep enough for a handler behind routers and listeners. */
const FRAMES = 40;

const FRAME = /\(?((?:file:|\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/;

/** This library's folder, as stack traces show it: with source maps that is not where it was loaded from. */
const OWN = dirname(dirname(fileIn(stackLines()[1] ?? "") ?? fileURLToPath(import.meta.url)));

const UNKNOWN = "an unknown line";

/** Where Express's own `res.cookie` and `res.append` are; beside another Express, one is installed as `express4`. */
const EXPRESS = /[\\/](?:express\d*|router)[\\/](?:lib[\\/]|index\.js)/;

/** By the text of the header. */
export type SetBy = ReadonlyMap<string, string>;

const watched = new WeakMap<object, Map<string, string>>();

/** Watches what is set on a response from now on. */
export function watchCookies(res: ServerResponse): SetBy {
  const lines = watched.get(res) ?? new Map<string, string>();
  watched.set(res, lines);
  return lines;
}

let hooked = false;

/**
 * Once in a process, and in development only. On the classes, for some packages call these functions past the response
 * that they are for.
 */
export function hookSetters(): void {
  if (hooked) return;
  hooked = true;
  for (const prototype of [OutgoingMessage.prototype, Http2ServerResponse.prototype]) {
    hook(prototype, "setHeader");
    hook(prototype, "appendHeader");
  }
}

function hook(prototype: object, name: string): void {
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== "function") return;
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    value: function (this: object, ...args: unknown[]): unknown {
      const [header, value] = args;
      const lines = watched.get(this);
      if (lines !== undefined && typeof header === "string" && header.toLowerCase() === "set-cookie")
        note(lines, value);
      return Reflect.apply(original, this, args);
    },
  });
}

function note(lines: Map<string, string>, value: unknown): void {
  const cookies = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
  // Whoever adds a cookie sets the earlier ones once more.
  const added = cookies.filter((cookie) => !lines.has(cookie));
  if (added.length === 0) return;
  const line = callingLine();
  for (const cookie of added) lines.set(cookie, line);
}

/**
 * The line of the middleware, and the line of the app that had it run where that is another. Never throws: it runs
 * within the app's `res.setHeader()`.
 */
function callingLine(): string {
  try {
    const places = stackLines()
      .slice(1)
      .map(placeIn)
      .filter((place) => place !== undefined);
    const [nearest = UNKNOWN] = places;
    const own = places.find((place) => !/[\\/]node_modules[\\/]/.test(place));
    return own === undefined || own === nearest ? nearest : `${nearest}, during ${own}`;
  } catch {
    // The folder where the process was started may be gone, for one.
    return UNKNOWN;
  }
}

/** None where the app has an `Error.prepareStackTrace` of its own that throws or gives no text. */
function stackLines(): readonly string[] {
  const { stackTraceLimit } = Error;
  // Of a frozen property an assignment throws; this leaves it as it is.
  Reflect.set(Error, "stackTraceLimit", FRAMES);
  try {
    const { stack }: { readonly stack?: unknown } = new Error();
    return typeof stack === "string" ? stack.split("\n") : [];
  } catch {
    return [];
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

/** `src/app.ts:12` of a line of a stack trace, unless it is Node's, Express's or ours. */
function placeIn(frame: string): string | undefined {
  const file = fileIn(frame);
  if (file === undefined || file.startsWith(OWN) || EXPRESS.test(file)) return undefined;
  const here = process.cwd();
  const shown = file.startsWith(here) ? file.slice(here.length + 1) : file;
  return `${shown}:${FRAME.exec(frame)?.[2]}`;
}

function fileIn(frame: string): string | undefined {
  const location = FRAME.exec(frame)?.[1];
  return location?.startsWith("file:") ? fileURLToPath(location) : location;
}
