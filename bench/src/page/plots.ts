/**
 * The plots, as SVG that can be read on a light and on a dark page.
 *
 * @module
 */

import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { ARENA_TITLES } from "../contenders/arenas.ts";
import type { CostRow } from "../cost/result.ts";
import { IN_FLIGHT } from "../drive.ts";
import type { GrowthRow } from "../growth/measure.ts";
import type { HttpRow } from "../http/result.ts";
import type { Results } from "../parts.ts";
import { PROFILE_BYTES } from "../profile.ts";
import { scenarioOf, scenarios } from "../scenarios.ts";

export interface Plot {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Greys and colours with a contrast of at least 3 to both white and black (WCAG 1.4.11). */
const INK = "#7a7f87";
const FAINT = "#7a7f8755";
const EXPRESS_SESSION = "express-session";
/** Who is compared first with Holdfast, where sessions in cookies are beside the others. */
const PEER = "express-session; cookie-session in cookies";

/** One colour for each name in all of the plots. */
const COLOURS = { bare: INK, [EXPRESS_SESSION]: "#d2691e", [PEER]: "#d2691e", Holdfast: "#2f81f7" } as const;

/** The colours of the names that stand in `rows`. */
function colourOf(rows: readonly { readonly library: string }[]) {
  const used = Object.entries(COLOURS).filter(([name]) => rows.some(({ library }) => library === name));
  const scale = { domain: used.map(([name]) => name), range: used.map(([, colour]) => colour) };
  return { field: "library", type: "nominal", title: null, scale } as const;
}

const CONFIG: Config = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: FAINT },
  axis: {
    labelLimit: 300,
    labelColor: INK,
    titleColor: INK,
    gridColor: FAINT,
    domainColor: INK,
    tickColor: INK,
  },
  legend: { labelColor: INK, titleColor: INK, orient: "bottom", labelLimit: 500 },
  header: { labelColor: INK, titleColor: INK },
  title: { color: INK },
  mark: { opacity: 1 },
};

/** What there are results for. */
export async function plotsOf({ cost = [], http = [], growth = [] }: Results): Promise<Plot[]> {
  const plots: Plot[] = [];
  const add = async (name: string, title: string, spec: TopLevelSpec | undefined): Promise<void> => {
    if (spec !== undefined) plots.push({ name, title, svg: await svgOf(spec) });
  };
  await add("cost", "Microseconds of CPU that sessions add to a request, by store", costPlot(cost));
  await add("http", "CPU of a server on Express 5 for a request", httpPlot(http));
  await add("growth", "Memory and full garbage collections by number of sessions", growthPlot(growth));
  return plots;
}

async function svgOf(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec, { config: CONFIG }).spec), { renderer: "none" });
  return `${await view.toSVG()}\n`;
}

/** Under this, in microseconds, a difference to the bare handler is noise. */
const LEAST = 0.1;

function costPlot(rows: readonly CostRow[]): TopLevelSpec | undefined {
  const usual = rows.filter(
    ({ carrier, bytes, inFlight }) =>
      carrier === "node:http" && bytes === PROFILE_BYTES && inFlight === IN_FLIGHT,
  );
  if (usual.length === 0) return undefined;
  const values = usual.flatMap(({ arena, scenario, adds, peers }) =>
    [{ name: "Holdfast", adds }, ...peers.slice(0, 1).map((peer) => ({ name: PEER, adds: peer.adds }))].map(
      ({ name, adds: { low, median, high } }) => ({
        arena: ARENA_TITLES[arena],
        scenario: scenarioOf(scenario).title,
        library: name,
        low: Math.max(LEAST, low),
        median: Math.max(LEAST, median),
        high: Math.max(LEAST, high),
      }),
    ),
  );
  const color = colourOf(values);
  const y = {
    field: "scenario",
    type: "nominal",
    sort: scenarios.map(({ title }) => title),
    title: null,
  } as const;
  const x = {
    type: "quantitative",
    scale: { type: "log" },
    axis: { tickCount: 4 },
    title: "µs, log scale",
  } as const;
  return {
    data: { values },
    facet: { field: "arena", type: "nominal", title: null, sort: Object.values(ARENA_TITLES) },
    columns: 5,
    spec: {
      width: 130,
      height: { step: 18 },
      layer: [
        {
          mark: { type: "rule", strokeWidth: 2 },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, color },
        },
        {
          mark: { type: "point", filled: true, size: 50 },
          encoding: { x: { ...x, field: "median" }, y, color },
        },
      ],
    },
  };
}

function httpPlot(rows: readonly HttpRow[]): TopLevelSpec | undefined {
  if (rows.length === 0) return undefined;
  const values = rows.flatMap(({ node, store, page, servers }) =>
    servers.map(({ library, cpu }) => ({
      setup: `Node ${/^v(\d+)/.exec(node)?.[1] ?? node}, ${store === "redis" ? "Redis" : store}`,
      page,
      library,
      cpu: cpu.median,
    })),
  );
  const color = colourOf(values);
  return {
    data: { values },
    facet: { field: "setup", type: "nominal", sort: values.map(({ setup }) => setup), title: null },
    columns: 2,
    spec: {
      width: 280,
      height: { step: 14 },
      mark: "bar",
      encoding: {
        x: { field: "cpu", type: "quantitative", title: "µs of CPU for a request" },
        y: { field: "page", type: "nominal", sort: rows.map(({ page }) => page), title: null },
        yOffset: { field: "library", sort: color.scale.domain },
        color,
      },
    },
  };
}

function growthPlot(rows: readonly GrowthRow[]): TopLevelSpec | undefined {
  if (rows.length === 0) return undefined;
  const values = rows.map(({ library, sessions, heap, read, pause }) => ({
    library: library === "Holdfast" ? library : EXPRESS_SESSION,
    sessions,
    heap,
    read: Math.max(LEAST, read.median),
    pause: pause.median,
  }));
  const color = colourOf(values);
  const line = (field: string, title: string): object => ({
    width: 200,
    height: 160,
    mark: { type: "line", point: true },
    encoding: {
      x: {
        field: "sessions",
        type: "quantitative",
        scale: { type: "log" },
        axis: { format: "~s", tickCount: 4 },
      },
      y: { field, type: "quantitative", title },
      color,
    },
  });
  return {
    data: { values },
    hconcat: [
      line("heap", "bytes of heap for a session"),
      line("read", "µs that a read adds"),
      line("pause", "ms of a full collection"),
    ],
  } as TopLevelSpec;
}
