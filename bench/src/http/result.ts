import type { Page } from "../served/protocol.ts";
import type { Spread } from "../statistics.ts";
import type { HttpStore, Served } from "./tasks.ts";

/** What one server takes for a page. */
export interface ServedCost {
  readonly library: Served;
  /** The server's whole processor time for a request, in microseconds. */
  readonly cpu: Spread;
  /** Its share of express-session's, each round compared with itself. */
  readonly share: Spread;
  /** At equal load: how long replies take, in milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** At equal load: the 99th percentile of the event loop's delay, in milliseconds. */
  readonly delay: Spread;
}

export interface HttpRow {
  readonly node: string;
  readonly store: HttpStore;
  readonly page: Page;
  readonly rounds: number;
  /** Requests a second of the equal load. */
  readonly perSecond: number;
  readonly servers: readonly ServedCost[];
}

const BARS: Readonly<Record<string, number>> = { 20: 0.6, 24: 0.5 };

/** The largest share of express-session's processor time that Holdfast may take, if there is a bar. */
export function barOf({ node, page }: HttpRow): number | undefined {
  return page === "read" ? BARS[/^v(\d+)/.exec(node)?.[1] ?? ""] : undefined;
}

export function meetsBar(row: HttpRow): boolean {
  const ours = row.servers.find(({ library }) => library === "Holdfast");
  return (ours?.share.median ?? Number.NaN) <= (barOf(row) ?? Number.POSITIVE_INFINITY);
}
