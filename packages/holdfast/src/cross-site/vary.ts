import type { ServerResponse } from "node:http";

/** What the check against forged requests goes by. */
export const JUDGED_BY: readonly string[] = ["Sec-Fetch-Site", "Origin"];

/** Tells caches which of the request's headers the reply depends on (RFC 9110 12.5.5), beside those it names already. */
export function vary(res: ServerResponse, names: readonly string[]): void {
  const before = [res.getHeader("Vary") ?? []].flat().join(", ");
  const known = new Set(before.split(",").map((name) => name.trim().toLowerCase()));
  if (known.has("*")) return;
  const missing = names.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length > 0) res.setHeader("Vary", [before, ...missing].filter(Boolean).join(", "));
}
