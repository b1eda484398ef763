/**
 * A reply whose headers are judged: from a server, or as somebody has copied it from a browser.
 *
 * @module
 */

/** What plain HTTP at the same host does. */
export type PlainHttp = "redirects" | "answers" | "sets-cookie" | "silent";

export interface Reply {
  /** Where it is from, for the report. */
  readonly from: string;
  /** `undefined`: nobody knows. */
  readonly https: boolean | undefined;
  /** From this machine to itself, where plain HTTP is no one's business. */
  readonly local: boolean;
  readonly setCookies: readonly string[];
  /** `undefined`: no such headers were looked at. */
  readonly headers: ReadonlyMap<string, string> | undefined;
  /** `undefined`: it was not tried. */
  readonly plainHttp: PlainHttp | undefined;
}

/** `Set-Cookie` headers that somebody has copied, alone or among the other lines of a reply. */
export function copiedReply(text: string): Reply {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const named = lines.filter((line) => /^[\w-]+:\s/.test(line));
  const setCookies = lines.filter((line) => /^set-cookie:/i.test(line));
  const headers = new Map(
    named.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const whole = [...headers.keys()].some((name) => name !== "set-cookie");
  return {
    from: "the given headers",
    https: undefined,
    local: false,
    setCookies: setCookies.length > 0 || whole ? setCookies : lines,
    headers: whole ? headers : undefined,
    plainHttp: undefined,
  };
}

const DEADLINE = 10_000;

/**
 * One GET, whose redirect is not followed and whose body is not read; and where it was over HTTPS at its usual port,
 * one more over plain HTTP. Each takes ten seconds at most.
 *
 * @throws what `fetch` throws if the server does not answer
 */
export async function fetchReply(url: URL, get: typeof fetch = fetch): Promise<Reply> {
  const response = await getHeaders(url, get);
  return {
    from: url.origin + url.pathname,
    https: url.protocol === "https:",
    local: /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname),
    setCookies: response.headers.getSetCookie(),
    headers: new Map(response.headers),
    plainHttp: url.protocol === "https:" && url.port === "" ? await tryPlainHttp(url, get) : undefined,
  };
}

async function tryPlainHttp(url: URL, get: typeof fetch): Promise<PlainHttp> {
  const plain = new URL(url);
  plain.protocol = "http:";
  const response = await getHeaders(plain, get).catch(() => undefined);
  if (response === undefined) return "silent";
  if (response.headers.getSetCookie().length > 0) return "sets-cookie";
  const isRedirect = response.status >= 300 && response.status < 400;
  const location = response.headers.get("location") ?? "";
  return isRedirect && /^https:/i.test(location) ? "redirects" : "answers";
}

async function getHeaders(url: URL, get: typeof fetch): Promise<Response> {
  const response = await get(url, {
    redirect: "manual",
    signal: AbortSignal.timeout(DEADLINE),
    headers: { accept: "text/html,*/*", "user-agent": "holdfast-doctor" },
  });
  await response.body?.cancel();
  return response;
}
