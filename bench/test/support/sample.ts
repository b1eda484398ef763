import { entriesOf, FULL } from "../../src/cost/matrix.ts";
import { type CostRow, rowOf } from "../../src/cost/result.ts";
import { FLOOR_ENTRIES } from "../../src/floor/measure.ts";
import { floorRowOf } from "../../src/floor/result.ts";
import { rowsOf } from "../../src/frameworks/measure.ts";
import type { Results } from "../../src/parts.ts";
import type { Spread } from "../../src/statistics.ts";

const about = (median: number): Spread => ({ low: median * 0.9, median, high: median * 1.1 });

/** Rows for the whole matrix: the bare handler takes 5 µs, the peer adds 60, Holdfast 10. */
export const costRows: readonly CostRow[] = entriesOf(FULL).map((entry) =>
  rowOf({ ...entry, servers: {} }, [{ names: ["a peer", "Holdfast"], rounds: [[5, 65, 15]] }]),
);

/** Results of all parts, made by hand. */
export const sample: Results = {
  cost: costRows,
  floor: FLOOR_ENTRIES.map((entry) =>
    floorRowOf(entry, { steps: ["one", "another"], peer: "a peer", rounds: [[5, 6, 9, 15, 65]] }),
  ),
  http: [
    {
      node: "v20.19.0",
      store: "memory",
      page: "read",
      rounds: 1,
      perSecond: 100,
      servers: (["bare", "express-session", "Holdfast"] as const).map((library, index) => ({
        library,
        cpu: about(100 * (index + 1)),
        share: about((index + 1) / 2),
        p50: about(1),
        p99: about(2),
        delay: about(3),
      })),
    },
  ],
  frameworks: rowsOf("read", [[100, 200, 150, 50, 80, 90, 40, 140]]),
  lost: [{ arena: "memory", library: "a peer", fields: 99, increments: 98, refused: 0 }],
  growth: (["express-session, MemoryStore", "Holdfast"] as const).flatMap((library, index) =>
    [1_000, 1_000_000].map((sessions) => ({
      library,
      sessions,
      heap: 1_000 - 300 * index,
      rss: 1_300 - 500 * index,
      read: about(40 - 30 * index),
      write: about(40 - 30 * index),
      pause: about(1_400 - 1_000 * index),
      kept: 1 - index,
    })),
  ),
};
