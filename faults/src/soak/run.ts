/**
 * Mixed load on each engine, for as long as asked: `npm run test:soak [-- SECONDS [SETUP…]]`, by default ten minutes on
 * each. At the end nothing may have been lost, the apps' memory must not have grown, and once all sessions have expired
 * the store must be empty.
 *
 * @module
 */
import { type Setup, setups } from "../trial/matrix.ts";
import { engines } from "./engines.ts";
import { type Soaked, soak } from "./soak.ts";

const DEFAULT_SECONDS = 600;

const [given, ...chosen] = process.argv.slice(2);
const duration = Number(given ?? process.env.SOAK_SECONDS ?? DEFAULT_SECONDS);
if (!(duration > 0)) throw new Error(`so many seconds? ${given}`);

let failed = false;
for (const [name, start] of Object.entries(engines)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const { title } = setups[name as Setup];
  process.stdout.write(`${title}: ${duration} seconds of load\n`);
  const engine = await start();
  try {
    const soaked = await soak(engine, duration * 1_000);
    process.stdout.write(`${inWords(soaked)}\n`);
    failed ||= soaked.problems.length > 0;
  } finally {
    await engine.stop();
  }
}
process.exitCode = failed ? 1 : 0;

function inWords({ requests, sessions, slowest, heaps, problems }: Soaked): string {
  const memory = heaps.map(
    ({ app, before, after }) => `${app} ${megabytes(before)} then ${megabytes(after)}`,
  );
  const lines = [
    `${requests} requests, ${sessions} sessions, slowest reply ${Math.round(slowest)} ms`,
    `heap after the first third and at the end: ${memory.join(", ")}`,
    ...(problems.length === 0 ? ["nothing lost, nothing left behind"] : problems),
  ];
  return lines.map((line) => `  ${line}`).join("\n");
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
