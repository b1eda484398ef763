import type { OutgoingHttpHeader, ServerResponse } from "node:http";

/** The forms in which `writeHead` takes headers: an object, a flat list, or a list of pairs. */
export type AnyHeaders =
  | Readonly<Record<string, OutgoingHttpHeader | undefined>>
  | readonly OutgoingHttpHeader[]
  | readonly (readonly [string, OutgoingHttpHeader])[];

/** Sets each header as `writeHead` would have: a name given several times keeps all its values. */
export function setHeaders(res: ServerResponse, headers: AnyHeaders): void {
  const replaced = new Set<string>();
  for (const [name, value] of pairsOf(headers)) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    if (replaced.has(key)) res.appendHeader(name, typeof value === "number" ? String(value) : value);
    else res.setHeader(name, value);
    replaced.add(key);
  }
}

function* pairsOf(headers: AnyHeaders): Generator<[string, OutgoingHttpHeader | undefined]> {
  if (!isList(headers)) {
    yield* Object.entries(headers);
  } else if (Array.isArray(headers[0])) {
    for (const pair of headers) if (Array.isArray(pair)) yield [String(pair[0]), pair[1]];
  } else {
    for (let i = 0; i < headers.length; i += 2) yield [String(headers[i]), headerOf(headers[i + 1])];
  }
}

function isList(headers: AnyHeaders): headers is Exclude<AnyHeaders, Readonly<Record<string, unknown>>> {
  return Array.isArray(headers);
}

function headerOf(value: unknown): OutgoingHttpHeader | undefined {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}
