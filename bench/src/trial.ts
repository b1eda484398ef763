/**
 * One scenario on one store, in a process of its own: check that everybody does the work, warm up, measure in rounds,
 * check again.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contender, StoreName } from "./contenders/contender.ts";
import { expressSession } from "./contenders/express-session.ts";
import { holdfast } from "./contenders/holdfast.ts";
import { cost, drive } from "./drive.ts";
import { ask, type RequestLine, type Respond } from "./exchange.ts";
import { profileOf, userName } from "./profile.ts";
import { LOGIN_URL, login, type Scenario, show } from "./scenarios.ts";

/** Processor time per request in one round, in microseconds. */
export interface Round {
  readonly bare: number;
  readonly expressSession: number;
  readonly holdfast: number;
}

export interface TrialPlan {
  readonly store: StoreName;
  readonly rounds: number;
  /** Requests to each in a round; also the number of live sessions, each of which is used once a round. */
  readonly requests: number;
  readonly warmUp: number;
}

export const SECRET = "k3J9-vTq8_Zx1Lw0RbYc7UeHs5MdFa2GpN4iO6tXyQB";

const CHECKED = 32;

const ORDERS = [
  [0, 1, 2],
  [2, 1, 0],
  [1, 2, 0],
  [0, 2, 1],
  [2, 0, 1],
  [1, 0, 2],
] as const;

export async function runTrial(scenario: Scenario, plan: TrialPlan, progress: () => void): Promise<Round[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const libraries = [expressSession(plan.store, SECRET, folder), holdfast(plan.store, SECRET, folder)];
  try {
    const runners = [
      bareRunner(scenario, plan),
      ...(await Promise.all(libraries.map((it) => libraryRunner(it, scenario, plan)))),
    ];
    for (let i = 0; i < plan.warmUp; i++) for (const runner of runners) await runner.run(drive);
    const rounds: Round[] = [];
    for (let i = 0; i < plan.rounds; i++) {
      const taken: [number, number, number] = [0, 0, 0];
      for (const index of ORDERS[i % ORDERS.length] ?? ORDERS[0])
        taken[index] = (await runners[index]?.run(cost)) ?? 0;
      rounds.push({ bare: taken[0], expressSession: taken[1], holdfast: taken[2] });
      progress();
    }
    for (const runner of runners) await runner.check();
    return rounds;
  } finally {
    for (const library of libraries) await library.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Sending<T> = (count: number, line: (index: number) => RequestLine, respond: Respond) => Promise<T>;

export interface Runner {
  /** Sends one slice of requests. */
  run<T>(sending: Sending<T>): Promise<T>;
  /** Throws if the work was not really done. */
  check(): Promise<void>;
}

/** The same requests, cookies included, and replies of the same form; no session. */
function bareRunner(scenario: Scenario, { requests }: TrialPlan): Runner {
  const { method, bare, name } = scenario;
  let logins = requests;
  const cookie = scenario.cookie === "none" ? undefined : `connect.sid=s%3A${"c".repeat(76)}`;
  const line = (): RequestLine => ({
    method,
    url: name === "login" ? LOGIN_URL + userName(logins++) : "/",
    cookie,
  });
  const check = async (): Promise<void> => {
    const { status, body } = await ask(line(), bare);
    assert(status === 200 && body !== "", `bare, ${name}: wrong reply`);
  };
  return { run: (sending) => sending(requests, line, bare), check };
}

export async function libraryRunner(
  library: Contender,
  scenario: Scenario,
  { requests }: Pick<TrialPlan, "requests">,
): Promise<Runner> {
  const { method, name } = scenario;
  const cookies = await signIn(library, requests);
  const sent =
    scenario.cookie === "valid" ? cookies : scenario.cookie === "forged" ? cookies.map(library.forge) : [];
  const respond = library.serve(scenario.handler);
  let logins = requests;
  let slices = 0;
  const line = (index: number): RequestLine => ({
    method,
    url: name === "login" ? LOGIN_URL + userName(logins++) : "/",
    cookie: sent[index],
  });

  async function checkReplies(): Promise<void> {
    for (let i = 0; i < CHECKED; i++) {
      const user = userName(name === "login" ? logins : i);
      const reply = await ask(line(i), respond);
      const views = 10_000 + slices + 1;
      assert(
        scenario.right(reply, user, views),
        `${library.name}, ${name}: wrong reply ${JSON.stringify(reply)}`,
      );
    }
  }

  async function checkData(): Promise<void> {
    const shown = library.serve(show);
    for (let i = 0; i < CHECKED; i++) {
      // The checks have sent the first sessions one request more.
      const views = 10_000 + (name === "write" ? slices + 1 : 0);
      const { body } = await ask({ method: "GET", url: "/", cookie: cookies[i] }, shown);
      assert.deepEqual(
        JSON.parse(body),
        { ...profileOf(userName(i)), views },
        `${library.name}: the session's data`,
      );
    }
    if (scenario.cookie !== "valid") {
      const { body } = await ask({ method: "GET", url: "/", cookie: sent[0] }, shown);
      assert.equal(body, "{}", `${library.name}: a request without a genuine cookie has no session`);
    }
  }

  await checkReplies();
  await checkData();
  return {
    run: (sending) => {
      slices += 1;
      if (scenario.activityDue) library.passTime();
      return sending(requests, line, respond);
    },
    check: checkData,
  };
}

/** Signs `count` users in; returns their cookies. */
async function signIn(library: Contender, count: number): Promise<string[]> {
  const respond = library.serve(login.handler);
  const cookies: string[] = [];
  for (let i = 0; i < count; i++) {
    const user = userName(i);
    const reply = await ask({ method: "POST", url: LOGIN_URL + user, cookie: undefined }, respond);
    assert(login.right(reply, user, 0), `${library.name}: wrong reply to a login: ${JSON.stringify(reply)}`);
    cookies.push(reply.cookies[0]?.split(";", 1)[0] ?? "");
  }
  return cookies;
}
