/**
 * Classes of one group, in a process of their own: for each a fresh app answers a bare request, an honest one and hostile
 * ones, in turn.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { cost, drive } from "../drive.ts";
import { ask, type RequestLine, type Respond } from "../exchange.ts";
import { defendedApp } from "./app.ts";
import { readBody } from "./body.ts";
import { GROUPS } from "./classes/index.ts";
import type { HostileClass } from "./hostile-class.ts";
import { bytesOf, headBytesOf } from "./request-bytes.ts";
import { honest, type Scene, setScene } from "./scene.ts";

/** What is to be tried. */
export interface Plan {
  readonly group: number;
  /** Which classes of the group. */
  readonly classes: readonly number[];
  readonly warmUp: number;
  readonly rounds: number;
}

/** Processor time of a request in one round, in microseconds. */
export interface Round {
  readonly bare: number;
  readonly honest: number;
  readonly hostile: number;
  /** With the hostile part half as long, where its length is the attacker's to choose. */
  readonly half: number | undefined;
}

/** What a class has come to. */
export interface Outcome {
  readonly status: number;
  readonly storeCalls: number;
  readonly bytes: number;
  /** Of them, its request line and headers. */
  readonly headBytes: number;
  readonly hasBody: boolean;
  readonly rounds: readonly Round[];
}

/** Processor time of a slice, in microseconds: long enough to measure, short enough to take turns. */
const SLICE = 3000;
const MOST_REQUESTS = 200;
const LEAST_REQUESTS = 4;
const PILOT = 8;

interface Runner {
  readonly line: RequestLine;
  readonly respond: Respond;
  count: number;
}

/** No defence and no session; a body is parsed, as the app does with it too. */
const bare: Respond = (req, res) => {
  readBody(req, () => {
    res.setHeader("Content-Type", "text/plain; charset=utf-8");
    res.setHeader("Content-Length", 6);
    res.end("Hello.");
  });
};

/** @param progress - called after each round */
export async function runTrial(
  { group, classes, ...extent }: Plan,
  progress: () => void,
): Promise<Outcome[]> {
  process.env.NODE_ENV = "production";
  const outcomes: Outcome[] = [];
  for (const index of classes) {
    const found = GROUPS[group]?.classes[index];
    if (found === undefined) throw new Error("there is no such class");
    outcomes.push(await tryOne(found, extent, progress));
  }
  return outcomes;
}

async function tryOne(
  found: HostileClass,
  { warmUp, rounds }: Pick<Plan, "warmUp" | "rounds">,
  progress: () => void,
): Promise<Outcome> {
  const app = defendedApp();
  try {
    const scene = await setScene(app);
    const runners = runnersOf(found, scene, app.respond);
    for (const runner of runners) await pilot(runner);
    for (let i = 0; i < warmUp; i++)
      for (const { count, line, respond } of runners) await drive(count, () => line, respond);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const taken: number[] = [];
      for (let turn = 0; turn < runners.length; turn++) {
        // Everybody comes first, last and after everybody else as often.
        const at = (turn * (round % 2 === 0 ? 1 : runners.length - 1) + round) % runners.length;
        const runner = runners[at];
        if (runner !== undefined) taken[at] = await cost(runner.count, () => runner.line, runner.respond);
      }
      const [bareCost = Number.NaN, honestCost = Number.NaN, hostile = Number.NaN, half] = taken;
      measured.push({ bare: bareCost, honest: honestCost, hostile, half });
      progress();
    }
    app.takeCalls();
    const line = found.request(scene, found.bytes ?? 0);
    const { status, body } = await ask(line, app.respond);
    const storeCalls = app.takeCalls();
    assert.equal(status, found.status, `${found.title}: ${body}`);
    assert.equal(storeCalls, found.storeCalls ?? 0, `${found.title}: calls of the store`);
    assert.equal((await ask(honest(scene), app.respond)).body, scene.page, "the user's session is untouched");
    const hasBody = line.body !== undefined;
    return {
      status,
      storeCalls,
      bytes: bytesOf(line),
      headBytes: headBytesOf(line),
      hasBody,
      rounds: measured,
    };
  } finally {
    await app.close();
  }
}

function runnersOf(found: HostileClass, scene: Scene, respond: Respond): Runner[] {
  const line = honest(scene);
  const hostile = found.request(scene, found.bytes ?? 0);
  const runners = [
    { line: hostile.body === undefined ? line : hostile, respond: bare, count: PILOT },
    { line, respond, count: PILOT },
    { line: hostile, respond, count: PILOT },
  ];
  if (found.bytes !== undefined)
    runners.push({ line: found.request(scene, found.bytes / 2), respond, count: PILOT });
  return runners;
}

/** Finds out how many requests a slice may have. */
async function pilot(runner: Runner): Promise<void> {
  const { line, respond } = runner;
  await drive(PILOT, () => line, respond);
  const taken = await cost(PILOT, () => line, respond);
  runner.count = Math.max(LEAST_REQUESTS, Math.min(MOST_REQUESTS, Math.round(SLICE / taken)));
}
