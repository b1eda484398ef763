import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { holdfast } from "../src/contenders/holdfast.ts";
import { drive } from "../src/drive.ts";
import { FLOOR_ENTRIES } from "../src/floor/measure.ts";
import { openFloor } from "../src/floor/open-floor.ts";
import { floorSections } from "../src/floor/report.ts";
import { floorRowOf } from "../src/floor/result.ts";
import { floorRunners } from "../src/floor/runners.ts";
import type { Floor, Step } from "../src/floor/visit.ts";
import { libraryRunner } from "../src/runners.ts";
import { type ScenarioName, scenarioOf } from "../src/scenarios.ts";
import { openDatabase } from "../src/sqlite-file.ts";
import { SECRET } from "../src/trial.ts";

const REQUESTS = 40;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-floor-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

for (const arena of ["memory", "sqlite"] as const) {
  describe(`the floor, ${arena}`, async () => {
    const floor = await openFloor(arena, { secret: SECRET, folder: newFolder() });
    after(() => floor.close());

    for (const { scenario } of FLOOR_ENTRIES.filter((entry) => entry.arena === arena)) {
      const { title } = scenarioOf(scenario);

      it(`does the work of "${title}"`, async () => {
        const { names, runners } = await floorRunners(floor, scenarioOf(scenario), REQUESTS);
        assert.equal(runners.length, names.length);
        for (let i = 0; i < 2; i++) for (const runner of runners) await runner.run(drive);
        for (const runner of runners) await runner.check();
      });

      it(`is not measured where a step of "${title}" does nothing`, async () => {
        for (const [name, broken] of brokenFloors(floor, scenario)) {
          await assert.rejects(floorRunners(broken, scenarioOf(scenario), REQUESTS), name);
        }
      });
    }
  });
}

/** The floor with one of a scenario's steps idle, for each of them. */
function brokenFloors<Kept>(floor: Floor<Kept>, scenario: ScenarioName): [name: string, Floor<Kept>][] {
  const found = floor.steps[scenario];
  assert.ok(found !== undefined);
  const { load, save } = found;
  const withIdle = (steps: readonly Step<Kept>[], idle: Step<Kept>): Step<Kept>[] =>
    steps.map((step) => (step === idle ? { ...step, run: () => undefined } : step));
  return [...load, ...save].map((idle) => {
    const steps = { load: withIdle(load, idle), save: withIdle(save, idle) };
    return [idle.name, { ...floor, steps: { ...floor.steps, [scenario]: steps } }];
  });
}

describe("a record of the floor", () => {
  it("is as large as Holdfast's, and shows nothing of the data", async () => {
    const folder = newFolder();
    const place = { secret: SECRET, folder };
    const [floor, library] = [await openFloor("sqlite", place), await holdfast("sqlite", place)];
    await floorRunners(floor, scenarioOf("read"), REQUESTS);
    await libraryRunner(library, scenarioOf("read"), { requests: REQUESTS });
    await floor.close();
    await library.close();

    const recordsOf = (file: string, table: string, record: string): Buffer[] => {
      const database = openDatabase(folder, file);
      const rows: unknown = database.prepare(`SELECT ${record} FROM ${table}`).raw(true).all();
      database.close();
      assert.ok(Array.isArray(rows) && rows.length === REQUESTS);
      return rows.map(([value]) => value);
    };
    const ours = recordsOf("holdfast.db", "holdfast_sessions", "CAST(header || body AS BLOB)");
    const bare = recordsOf("floor.db", "sessions", "record");
    assert.deepEqual(
      bare.map(({ length }) => length),
      ours.map(({ length }) => length),
    );
    for (const record of bare) assert.ok(!record.includes("Ada Lovelace"));
  });
});

describe("the floor's table", () => {
  const entry = { arena: "memory", scenario: "write" } as const;
  const lineOf = (rounds: readonly (readonly number[])[]): string => {
    const row = floorRowOf(entry, { steps: ["one", "another"], peer: "a peer", rounds });
    return floorSections([row]).floor?.split("\n").at(-1) ?? "";
  };

  it("has what each step adds, and both libraries as multiples of all of them", () => {
    assert.equal(
      lineOf([[5, 6, 9, 15, 65]]),
      "| Memory | write a field | one 1.0; another 3.0 | 4.0 | 10.0 | 2.5x (2.5–2.5) | 60.0 | 15x (15–15) | 6x |",
    );
  });

  it("takes the median of rounds that are compared with themselves", () => {
    const usual = [5, 6, 9, 15, 65];
    const slow = [50, 60, 90, 150, 650];
    const odd = [5, 6, 11, 65, 65];
    assert.match(lineOf([usual, slow, odd]), /\| 6\.0 \| 60\.0 \| 2\.5x \(2\.5–4\.0\) \|/);
  });

  it("has no multiples of what cannot be told from nothing", () => {
    assert.equal(
      lineOf([[5, 4.8, 5.2, 5.5, 15]]),
      "| Memory | write a field | one <0.3; another 0.4 | <0.3 | 0.5 | – | 10.0 | – | 6x |",
    );
  });

  it("is of every bar", () => {
    assert.equal(FLOOR_ENTRIES.length, 24);
  });
});
