/**
 * The process whose instructions are counted: each scenario on the memory store, by each subject named on the command
 * line, first until the code is compiled and then in measured slices.
 *
 * Before and after each such slice it asks for its resource usage: callgrind, told to watch that call, then writes down
 * what was executed since the one before.
 *
 * @module
 */
import { expressSession } from "../contenders/express-session.ts";
import { holdfast } from "../contenders/holdfast.ts";
import { drive } from "../drive.ts";
import { bareRunner, libraryRunner, type Runner } from "../runners.ts";
import { renewalIn, type Scenario, type ScenarioName, scenarios } from "../scenarios.ts";
import { SECRET } from "../trial.ts";
import { type Counted, isSubjectName, SLICES, type SubjectName } from "./plan.ts";

const OPTIONS = { requests: 100 };
const PLACE = { secret: SECRET, folder: "" };
/** Slices before the first that is measured: of everything in turn, then of each once more. */
const COMPILING = 20;
const SETTLING = 6;

interface Subject {
  readonly scenario: ScenarioName;
  readonly name: SubjectName;
  readonly runner: Runner;
}

const subjects: Subject[] = [];
for (const scenario of scenarios) {
  for (const name of process.argv.slice(2).filter(isSubjectName)) {
    subjects.push({ scenario: scenario.name, name, runner: await runnerOf(name, scenario) });
  }
}

for (const { runner } of subjects) await repeat(COMPILING, runner);
for (const { runner } of subjects) {
  await repeat(SETTLING, runner);
  for (let i = 0; i < SLICES; i++) {
    await runner.run(async (...requests) => {
      process.resourceUsage();
      await drive(...requests);
      process.resourceUsage();
    });
  }
  await runner.check();
}
const { requests } = OPTIONS;
const counted = subjects.map(({ scenario, name }): Counted => ({ scenario, subject: name, requests }));
process.stdout.write(JSON.stringify(counted));

async function runnerOf(name: SubjectName, scenario: Scenario): Promise<Runner> {
  if (name === "bare") return bareRunner(scenario, OPTIONS);
  const library =
    name === "holdfast"
      ? await holdfast("memory", { ...PLACE, renew: renewalIn(scenario) })
      : await expressSession("MemoryStore", PLACE);
  return libraryRunner(library, scenario, OPTIONS);
}

async function repeat(times: number, runner: Runner): Promise<void> {
  for (let i = 0; i < times; i++) await runner.run(drive);
}
