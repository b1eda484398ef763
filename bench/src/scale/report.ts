/**
 * The tables of `docs/scaling.md`.
 *
 * @module
 */
import type { Spread } from "../statistics.ts";
import { group, table } from "../table.ts";
import type { CommandCount } from "./commands.ts";
import { OPERATIONS, type OperationName } from "./operations.ts";
import type { StoreName } from "./subjects/subject.ts";
import type { Measured, Result, SizeResult } from "./trial.ts";

const TITLES: Readonly<Record<StoreName, string>> = {
  memory: "`MemoryStore`",
  sqlite: "`SqliteStore`",
  redis: "`RedisStore`",
  "redis-cluster": "`RedisStore`, 3 nodes",
  postgres: "`PostgresStore`",
};

const BASELINES: Readonly<Partial<Record<StoreName, string>>> = {
  redis: "a plain `GET` of a record",
  "redis-cluster": "a plain `GET` of a record",
  postgres: "`SELECT 1`",
};

/** What requests are made of. */
const REQUESTED = ["read", "commit", "touch", "sign-in", "sign-out"] as const;

/** By the name that the page marks their places with. */
export function sections(
  results: readonly Result[],
  commands: readonly CommandCount[],
): Readonly<Record<string, string>> {
  return {
    bytes: bytesTable(results),
    weights: weightsTable(results),
    processes: processesTable(results),
    lists: listsTable(results),
    shares: sharesTable(results),
    commands: commandsTable(commands),
    ...Object.fromEntries(results.map((result) => [`growth-${result.store}`, growthTable(result)])),
  };
}

function bytesTable(results: readonly Result[]): string {
  const sizes = sizesOf(results);
  const rows = results.map(({ store, sizes: measured }) => {
    const cells = sizes.map((sessions) => {
      const found = measured.find((size) => size.sessions === sessions);
      return found ? group(Math.round(found.bytesPerSession)) : "–";
    });
    const largest = measured.at(-1);
    const tenMillion = largest ? `${((largest.bytesPerSession * 1e7) / 2 ** 30).toFixed(1)} GiB` : "–";
    return [TITLES[store], ...cells, tenMillion];
  });
  return table(["bytes per session at", ...sizes.map(group), "10,000,000, extrapolated"], rows);
}

/** Ratios to the smallest size. */
function growthTable({ store, sizes }: Result): string {
  const names = OPERATIONS.filter((name) => sizes[0]?.operations[name] !== undefined);
  const rows = names.map((name) => [
    name === "baseline" ? `for comparison: ${BASELINES[store]}` : titleOf(name),
    ...sizes.slice(1).map((size) => spread(size.operations[name]?.ratio)),
  ]);
  const [first] = sizes;
  const head = sizes.slice(1).map(({ sessions }) => `${group(sessions)} : ${group(first?.sessions ?? 0)}`);
  return table(["operation", ...head], rows);
}

/** Ratios to the cheapest thing the server can be asked, at the middle size. */
function weightsTable(results: readonly Result[]): string {
  const servers = results.filter(({ store }) => BASELINES[store] !== undefined);
  if (servers.length === 0) return "";
  const rows = REQUESTED.map((name) => [
    titleOf(name),
    ...servers.map(({ sizes }) => weight(sizes[Math.floor(sizes.length / 2)], name)),
  ]);
  const units = ["in units of", ...servers.map(({ store }) => BASELINES[store] ?? "")];
  return table(["server's processor time", ...servers.map(({ store }) => TITLES[store])], [units, ...rows]);
}

function weight(size: SizeResult | undefined, name: OperationName): string {
  const cost = size?.operations[name]?.cost.median ?? Number.NaN;
  return times(cost / (size?.operations.baseline?.cost.median ?? Number.NaN));
}

function processesTable(results: readonly Result[]): string {
  const shared = results.filter(({ processes }) => processes.length > 0);
  if (shared.length === 0) return "";
  const counts = shared[0]?.processes.map(({ processes }) => processes) ?? [];
  const rows = shared.flatMap(({ store, processes }) =>
    (["read", "commit"] as const).map((name) => [
      `${TITLES[store]}, ${name}`,
      ...processes.slice(1).map(({ operations }) => spread(operations[name]?.ratio)),
    ]),
  );
  return table(["processor time", ...counts.slice(1).map((count) => `${count} processes : 1`)], rows);
}

/** What a user's list costs, beside a list of one session. */
function listsTable(results: readonly Result[]): string {
  const rows = results.map(({ store, sizes }) => {
    const size = sizes[Math.floor(sizes.length / 2)];
    const one = size?.operations["list 1"]?.cost.median ?? Number.NaN;
    const cost = (name: OperationName): string =>
      times((size?.operations[name]?.cost.median ?? Number.NaN) / one);
    return [TITLES[store], cost("list 10"), cost("list 100")];
  });
  return table(["`list` of a user with", "10 sessions : 1", "100 sessions : 1"], rows);
}

function sharesTable(results: readonly Result[]): string {
  const cluster = results.find(({ store }) => store === "redis-cluster");
  if (cluster === undefined) return "";
  const size = cluster.sizes.at(-1);
  const rows = REQUESTED.map((name) => {
    const share = size?.operations[name]?.share ?? Number.NaN;
    return [titleOf(name), `${(share * 100).toFixed(0)} %`, times(1 / share)];
  });
  return table(["3 nodes", "busiest node's share", "carries, with one node as 1"], rows);
}

function commandsTable(commands: readonly CommandCount[]): string {
  const rows = commands.map(({ request, operations, redis, postgres }) => [
    request,
    operations.length === 0 ? "none" : operations.map((name) => `\`${name}\``).join(", "),
    String(redis),
    String(postgres),
  ]);
  return table(
    ["request or call", "operations of the store", "Redis commands", "PostgreSQL statements"],
    rows,
  );
}

function titleOf(name: OperationName): string {
  return name.startsWith("list ")
    ? `list of a user, ${name.slice(5)} session${name === "list 1" ? "" : "s"}`
    : name;
}

function sizesOf(results: readonly Result[]): number[] {
  const all = results.flatMap(({ sizes }) => sizes.map(({ sessions }) => sessions));
  return [...new Set(all)].sort((a, b) => a - b);
}

function spread(ratio: Measured["ratio"] | undefined): string {
  return ratio ? `${times(ratio.median)} (${quartiles(ratio)})` : "–";
}

function quartiles({ low, high }: Spread): string {
  return `${digits(low)}–${digits(high)}`;
}

function times(ratio: number): string {
  return Number.isFinite(ratio) ? digits(ratio) : "–";
}

function digits(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}
