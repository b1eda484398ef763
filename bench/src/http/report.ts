/**
 * What sessions cost a server over HTTP, as tables.
 *
 * @module
 */
import { share, table } from "../table.ts";
import { barOf, type HttpRow, meetsBar, type ServedCost } from "./result.ts";
import type { HttpStore } from "./tasks.ts";

const STORES: Readonly<Record<HttpStore, string>> = { memory: "memory", redis: "Redis" };

/** By the name that the page marks their places with. */
export function httpSections(rows: readonly HttpRow[]): Record<string, string> {
  if (rows.length === 0) return {};
  return { http: costTable(rows), "http-latency": latencyTable(rows) };
}

export function missedHttpBars(rows: readonly HttpRow[]): string[] {
  return rows.filter((row) => !meetsBar(row)).map((row) => `${titleOf(row)} over HTTP`);
}

function costTable(rows: readonly HttpRow[]): string {
  const lines = rows.map((row) => {
    const of = (library: string): ServedCost | undefined => row.servers.find((it) => it.library === library);
    const ours = of("Holdfast");
    const bar = barOf(row);
    return [
      titleOf(row),
      ...["bare", "express-session", "Holdfast"].map((name) => of(name)?.cpu.median.toFixed(0) ?? "–"),
      ours === undefined ? "–" : share(ours.share),
      bar === undefined ? "" : `${bar} ${meetsBar(row) ? "met" : "MISSED"}`,
    ];
  });
  const head = ["", "bare, µs", "express-session, µs", "Holdfast, µs", "Holdfast : express-session", "bar"];
  return table(head, lines);
}

function latencyTable(rows: readonly HttpRow[]): string {
  const shown = (value: number | undefined): string => value?.toFixed(2) ?? "–";
  const lines = rows.flatMap((row) =>
    row.servers.map(({ library, p50, p99, delay }) => [
      `${titleOf(row)}, ${library}`,
      String(row.perSecond),
      shown(p50.median),
      shown(p99.median),
      shown(delay.median),
    ]),
  );
  return table(["", "requests/s", "p50, ms", "p99, ms", "event loop, p99, ms"], lines);
}

function titleOf({ node, store, page }: HttpRow): string {
  return `Node ${/^v(\d+)/.exec(node)?.[1] ?? node}, ${STORES[store]}, ${page}`;
}
