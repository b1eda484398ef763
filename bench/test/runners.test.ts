import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { CARRIERS } from "../src/carriers.ts";
import { enter } from "../src/contenders/arenas.ts";
import type { Contender } from "../src/contenders/contender.ts";
import { isSensible } from "../src/cost/matrix.ts";
import { drive } from "../src/drive.ts";
import { SIZES } from "../src/profile.ts";
import { bareRunner, libraryRunner } from "../src/runners.ts";
import { scenarioOf, scenarios } from "../src/scenarios.ts";
import { SECRET } from "../src/trial.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-test-"));
const opened: Contender[] = [];
after(async () => {
  for (const library of opened) await library.close();
  rmSync(folder, { recursive: true, force: true });
});

const REQUESTS = 40;

for (const arena of ["memory", "sqlite", "cookie"] as const) {
  const libraries = await enter(arena, { secret: SECRET, folder });
  opened.push(...libraries);
  for (const library of libraries) {
    describe(`${library.name}, ${arena}`, () => {
      for (const scenario of scenarios.filter(({ name }) => isSensible(arena, name))) {
        for (const carrier of CARRIERS) {
          it(`does the work of "${scenario.title}" on ${carrier}`, async () => {
            const runner = await libraryRunner(library, scenario, { requests: REQUESTS, carrier });
            await runner.run(drive);
            await runner.check();
          });
        }
      }

      it("keeps sessions of every size that it can keep", async () => {
        for (const bytes of SIZES.filter((size) => arena !== "cookie" || size < 1_000)) {
          const runner = await libraryRunner(library, scenarioOf("write"), { requests: REQUESTS, bytes });
          await runner.run(drive);
          await runner.check();
        }
      });
    });
  }
}

describe("what is measured", () => {
  it("is not a library that forgets what was written", async () => {
    const [real] = await enter("memory", { secret: SECRET, folder });
    assert.ok(real !== undefined);
    const forgetful: Contender = {
      ...real,
      middleware: (req, res, next) => {
        Reflect.set(req, "session", {});
        res.appendHeader("Set-Cookie", "id=x; HttpOnly; Secure");
        next();
      },
    };
    const running = libraryRunner(forgetful, scenarioOf("read"), { requests: REQUESTS });
    await assert.rejects(running, /wrong reply/);
  });

  it("is compared with a handler that gives the same reply", async () => {
    for (const scenario of scenarios) {
      for (const carrier of CARRIERS) {
        const runner = bareRunner(scenario, { requests: REQUESTS, carrier });
        await runner.run(drive);
        await runner.check();
      }
    }
  });
});
