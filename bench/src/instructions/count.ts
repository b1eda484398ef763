import { fileURLToPath } from "node:url";
import { type ScenarioName, scenarios } from "../scenarios.ts";
import { countInstructions } from "./callgrind.ts";
import { type Counted, SLICES, type SubjectName } from "./plan.ts";

/** Instructions for each request of a scenario. */
export type Instructions = Readonly<Partial<Record<SubjectName, number>>>;

/** Counts what each scenario takes, the handler's own work included. */
export async function count(
  subjects: readonly SubjectName[],
): Promise<ReadonlyMap<ScenarioName, Instructions>> {
  const subject = fileURLToPath(new URL("./subject.ts", import.meta.url));
  const { output, parts } = await countInstructions([
    ...process.execArgv,
    "--expose-gc",
    subject,
    ...subjects,
  ]);
  const counted: Counted[] = JSON.parse(output);
  // Others may have called the marked function at the start; the marks of the slices come last. Every second part is
  // what was between two slices.
  const slices = parts
    .slice(parts.length - counted.length * SLICES * 2)
    .filter((_, index) => index % 2 === 1);
  const byScenario = new Map(scenarios.map(({ name }) => [name, {} as Record<string, number>]));
  counted.forEach(({ scenario, subject, requests }, index) => {
    const own = slices.slice(index * SLICES, (index + 1) * SLICES);
    const instructions = byScenario.get(scenario);
    // The least: compilation, and collections of what others left, only ever add.
    if (instructions) instructions[subject] = Math.min(...own) / requests;
  });
  return byScenario;
}
