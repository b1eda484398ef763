/**
 * The parts of the benchmarks: what each measures, and how its results are shown.
 *
 * @module
 */
import { ARENAS } from "./contenders/arenas.ts";
import { entriesOf, FULL, fewEntriesOf, QUICK } from "./cost/matrix.ts";
import { measureCost } from "./cost/measure.ts";
import { costSections, missedBars } from "./cost/report.ts";
import type { CostRow } from "./cost/result.ts";
import { FLOOR_ENTRIES, type FloorEntry, measureFloor } from "./floor/measure.ts";
import { floorSections } from "./floor/report.ts";
import type { FloorRow } from "./floor/result.ts";
import {
  type FrameworkRow,
  FULL_FRAMEWORKS,
  measureFrameworks,
  QUICK_FRAMEWORKS,
} from "./frameworks/measure.ts";
import { frameworkSections } from "./frameworks/report.ts";
import { FULL_GROWTH, type GrowthRow, measureGrowth, QUICK_GROWTH } from "./growth/measure.ts";
import { growthSections, missedGrowthBars } from "./growth/report.ts";
import { FULL_HTTP, measureHttp, QUICK_HTTP } from "./http/measure.ts";
import { httpSections, missedHttpBars } from "./http/report.ts";
import type { HttpRow } from "./http/result.ts";
import { type LostRow, measureLost } from "./lost/measure.ts";
import { lostSections, missedLost } from "./lost/report.ts";
import { nodeBinary } from "./node-binary.ts";
import type { Progress } from "./progress.ts";

/** What to measure, of a part. */
export interface Choice {
  readonly quick: boolean;
  readonly arena: string | undefined;
  readonly scenario: string | undefined;
  /** Another version of Node, from npm. */
  readonly node: string | undefined;
}

/** What a part has found. */
export interface Measured {
  /** The rows in `results/<name>.json`. */
  readonly rows: readonly unknown[];
  readonly sections: Readonly<Record<string, string>>;
  readonly missed: readonly string[];
}

interface PartDefinition<Row> {
  measure(choice: Choice, progress: Progress): Promise<readonly Row[]>;
  /** Tables in Markdown, by the name that the page marks their places with. */
  sections(rows: readonly Row[]): Record<string, string>;
  /** What has missed its bar, in words. */
  missed(rows: readonly Row[]): readonly string[];
}

interface Part<Row> extends PartDefinition<Row> {
  run(choice: Choice, progress: Progress): Promise<Measured>;
}

function part<Row>(of: PartDefinition<Row>): Part<Row> {
  const run = async (choice: Choice, progress: Progress): Promise<Measured> => {
    const rows = await of.measure(choice, progress);
    return { rows, sections: of.sections(rows), missed: of.missed(rows) };
  };
  return { ...of, run };
}

const cost = part<CostRow>({
  measure: async (choice, progress) => {
    const node = choice.node === undefined ? undefined : await nodeBinary(choice.node);
    const entries = choice.quick ? fewEntriesOf(QUICK) : entriesOf(FULL);
    return measureCost(chosen(entries, choice), progress, node);
  },
  sections: costSections,
  missed: missedBars,
});

function chosen<Entry extends FloorEntry>(
  entries: readonly Entry[],
  { arena, scenario }: Choice,
): readonly Entry[] {
  return entries.filter(
    (it) =>
      (arena === undefined || it.arena === arena) && (scenario === undefined || it.scenario === scenario),
  );
}

const floor = part<FloorRow>({
  measure: async (choice, progress) => {
    const node = choice.node === undefined ? undefined : await nodeBinary(choice.node);
    return measureFloor(chosen(FLOOR_ENTRIES, choice), progress, node);
  },
  sections: floorSections,
  // The bars are those of the cost.
  missed: () => [],
});

/** The version whose `req` and `res` cost less than those of this one. */
const OTHER_NODE = "24";

const http = part<HttpRow>({
  measure: async ({ quick, node }, progress) => {
    if (node !== undefined) return measureHttp(quick ? QUICK_HTTP : FULL_HTTP, [node], progress);
    return measureHttp(
      quick ? QUICK_HTTP : FULL_HTTP,
      quick ? [undefined] : [undefined, OTHER_NODE],
      progress,
    );
  },
  sections: httpSections,
  missed: missedHttpBars,
});

const frameworks = part<FrameworkRow>({
  measure: async ({ quick, node }, progress) =>
    measureFrameworks(quick ? QUICK_FRAMEWORKS : FULL_FRAMEWORKS, await nodeBinary(node), progress),
  sections: frameworkSections,
  missed: () => [],
});

const lost = part<LostRow>({
  measure: ({ quick, arena }, progress) =>
    measureLost(quick ? ["memory"] : ARENAS.filter((it) => arena === undefined || it === arena), progress),
  sections: lostSections,
  missed: missedLost,
});

const growth = part<GrowthRow>({
  measure: ({ quick }, progress) => measureGrowth(quick ? QUICK_GROWTH : FULL_GROWTH, progress),
  sections: growthSections,
  missed: missedGrowthBars,
});

export const PARTS = { cost, floor, http, frameworks, lost, growth };
export type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

/** What all parts have found, as far as they have been run. */
export interface Results {
  readonly cost?: readonly CostRow[];
  readonly floor?: readonly FloorRow[];
  readonly http?: readonly HttpRow[];
  readonly frameworks?: readonly FrameworkRow[];
  readonly lost?: readonly LostRow[];
  readonly growth?: readonly GrowthRow[];
}
