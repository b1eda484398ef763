/**
 * `npm run floor -w bench`: what the operations that a scenario cannot do without cost, one added after another, beside
 * Holdfast and express-session in the same rounds. Memory stores, plain `node:http`.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { expressSession } from "../contenders/express-session.ts";
import { holdfast } from "../contenders/holdfast.ts";
import { cost, drive } from "../drive.ts";
import type { RequestLine, Respond } from "../exchange.ts";
import { reply } from "../handlers.ts";
import { PROFILE_BYTES, profileOf, userName } from "../profile.ts";
import { libraryRunner, type Runner } from "../runners.ts";
import { LOGIN_URL, type Scenario, scenarios } from "../scenarios.ts";
import { spreadOf } from "../statistics.ts";
import { SECRET } from "../trial.ts";
import { rows, Shared, type Step, type Work } from "./steps.ts";

const REQUESTS = 500;
const WARM_UP = 12;
const ROUNDS = 60;
const NO_DATA = profileOf(userName(0));

for (const scenario of scenarios) {
  const steps = rows[scenario.name];
  if (steps !== undefined) process.stdout.write(`${await floorOf(scenario, steps)}\n\n`);
}
process.exit();

async function floorOf(scenario: Scenario, steps: readonly Step[]): Promise<string> {
  const place = { secret: SECRET, folder: "" };
  const libraries = [await holdfast("memory", place), await expressSession("MemoryStore", place)];
  const runners: Pick<Runner, "run">[] = [
    ...Array.from({ length: steps.length + 1 }, (_, count) => floorRunner(scenario, steps.slice(0, count))),
    ...(await Promise.all(libraries.map((it) => libraryRunner(it, scenario, { requests: REQUESTS })))),
  ];
  for (let i = 0; i < WARM_UP; i++) for (const runner of runners) await runner.run(drive);
  const rounds: number[][] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(runners, i));
  for (const library of libraries) await library.close();

  const between = (to: number, from: number): number =>
    spreadOf(rounds.map((taken) => (taken[to] ?? 0) - (taken[from] ?? 0))).median;
  const floor = between(steps.length, 0);
  const beside = (name: string, micros: number): string =>
    `${line(name, micros)}  ${(micros / floor).toFixed(1)} times the floor`;
  return [
    `${scenario.title}: microseconds above the bare handler, each step beside the one before it`,
    ...steps.map(({ name }, index) => line(name, between(index + 1, index))),
    line("the floor: all of them", floor),
    beside("Holdfast", between(steps.length + 1, 0)),
    beside("express-session", between(steps.length + 2, 0)),
  ].join("\n");
}

/** One slice of each, beginning with another one each time, and every second time backwards. */
async function round(runners: readonly Pick<Runner, "run">[], index: number): Promise<number[]> {
  const taken: number[] = [];
  const order = runners.map((_, at) => (at + index) % runners.length);
  for (const at of index % 2 === 0 ? order : order.reverse()) {
    taken[at] = (await runners[at]?.run(cost)) ?? 0;
  }
  return taken;
}

/** The same requests as a library gets, through some of the steps. */
function floorRunner(scenario: Scenario, steps: readonly Step[]): Pick<Runner, "run"> {
  const shared = new Shared();
  const ids = Array.from({ length: REQUESTS }, newId);
  let logins = 0;
  const requestAt = (index: number): RequestLine => ({
    method: scenario.method,
    url: scenario.name === "login" ? LOGIN_URL + userName(logins++) : "/",
    cookie: scenario.cookie === "none" ? undefined : `__Host-session=${ids[index]}`,
  });
  const respond: Respond = (req, res) => {
    const cookie = req.headers.cookie ?? "";
    const work: Work = {
      shared,
      res,
      cookie,
      data: NO_DATA,
      handle: "",
      secret: "",
      id: "",
      proof: "",
      stored: "",
    };
    if (scenario.name !== "login") {
      for (const step of steps) step.run(work);
      return reply(res, scenario.bare(req, PROFILE_BYTES));
    }
    const user = (req.url ?? "").slice(LOGIN_URL.length);
    work.data = Object.assign({}, profileOf(user));
    for (const step of steps) step.run(work);
    reply(res, `Welcome, ${user}`);
  };
  return { run: (sending) => sending(REQUESTS, requestAt, respond) };
}

function newId(): string {
  const text = (bytes: number): string => randomBytes(bytes).toString("base64url");
  return `abcd.${text(16)}.${text(32)}.${text(32)}`;
}

function line(name: string, micros: number): string {
  return `  ${name.padEnd(34)} ${micros.toFixed(2).padStart(6)}`;
}
