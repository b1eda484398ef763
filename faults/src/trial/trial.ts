/**
 * One fault under load: clients are at work before, during and after it, and the checker judges what they saw.
 *
 * @module
 */
import type { AppProcess } from "../app/process.ts";
import { check, isAbsent, type Verdict } from "../checker.ts";
import { History, type Loss } from "../history.ts";
import { Load } from "../load/load.ts";
import { Recorder } from "../load/recorder.ts";
import { alarmsIn } from "./alarms.ts";
import type { Deployment } from "./deployment.ts";
import { RECOVERY, REQUEST_DEADLINE, REQUESTS, STATUSES } from "./scale.ts";
import { until } from "./until.ts";

/** What a scenario has in its hands. */
export interface Scene {
  readonly deployment: Deployment;
  readonly history: History;
  readonly load: Load;
  /** Waits until clients have been told so often that the store is not available. */
  unavailable(times: number): Promise<void>;
  /**
   * Says that what happens in `during` may make the store forget, so far as the store itself says that it may after
   * `cause`; else nothing is excused. `"operator"`: somebody has deleted it on purpose.
   */
  losing<T>(loss: Pick<Loss, "cause" | "reach" | "forgets">, during: () => Promise<T>): Promise<T>;
  /** Says that an app process is not there during `during`. */
  without<T>(app: AppProcess, during: () => Promise<T>): Promise<T>;
}

/** Breaks something, and puts it right again before it resolves. */
export type Scenario = (scene: Scene) => Promise<void>;

export interface TrialReport extends Verdict {
  readonly history: History;
  readonly requests: number;
  /** Requests that were answered with a 503. */
  readonly unavailable: number;
  /** The slowest reply, in milliseconds. */
  readonly slowest: number;
  /** How long it took from the end of the trouble to a success on each process, in milliseconds. */
  readonly recovered: number;
}

export async function trial(
  deployment: Deployment,
  scenario: Scenario,
  recovery: number = RECOVERY,
): Promise<TrialReport> {
  const { apps } = deployment;
  const history = new History();
  const load = new Load(apps, new Recorder(history, 3 * REQUEST_DEADLINE));
  const reported = apps.map(({ events, warnings }) => [events.length, warnings.length] as const);
  load.start();
  try {
    await acknowledged(history, REQUESTS);
    await load.endAll();
    await acknowledged(history, REQUESTS);
    await scenario(sceneOf(deployment, history, load));
    history.mendedAt = history.now();
    await until(
      "every process to work again",
      () => recoveryOf(history, apps) !== undefined,
      recovery + 1_000,
    ).catch(() => {});
    await acknowledged(history, REQUESTS);
  } catch (error) {
    const said = apps.map(
      (app) => `${app.name} ${app.running ? "is running" : "has ended"}: ${app.said.slice(-2_000)}`,
    );
    throw new Error([String(error), ...said].join("\n"), { cause: error });
  } finally {
    await load.stop();
  }
  await load.audit();
  const verdict = check(history, {
    deadline: REQUEST_DEADLINE,
    statuses: STATUSES,
    apps: apps.map(({ name }) => name),
    recovery,
  });
  const forgetful = history.losses.some(({ forgets }) => forgets.includes("writes"));
  const alarms = apps.flatMap((app, index) => alarmsIn(app, reported[index] ?? [0, 0], forgetful));
  return { ...verdict, violations: [...verdict.violations, ...alarms], ...figuresOf(history, apps), history };
}

function sceneOf(deployment: Deployment, history: History, load: Load): Scene {
  return {
    deployment,
    history,
    load,
    unavailable: async (times) => {
      const before = unavailableIn(history);
      await until(`${times} replies of 503`, () => unavailableIn(history) >= before + times);
    },
    losing: async (loss, during) => {
      const from = history.now();
      try {
        return await during();
      } finally {
        const declared =
          loss.cause === "operator" ||
          deployment.apps.every(({ forgetsAfter }) => forgetsAfter.includes(loss.cause));
        if (declared) history.losses.push({ ...loss, from, until: history.now() });
      }
    },
    without: async ({ name }, during) => {
      const absence = { app: name, from: history.now(), until: Number.POSITIVE_INFINITY };
      history.absences.push(absence);
      try {
        return await during();
      } finally {
        absence.until = history.now();
      }
    },
  };
}

async function acknowledged(history: History, more: number): Promise<void> {
  const enough = history.acknowledged() + more;
  await until(`${more} requests to be acknowledged`, () => history.acknowledged() >= enough);
}

/** How long after the trouble each process had acknowledged a write; `undefined` if one has not. */
function recoveryOf({ operations, mendedAt = 0 }: History, apps: readonly AppProcess[]): number | undefined {
  const times = apps.map(({ name }) => {
    const first = operations.find(
      ({ app, act, outcome, from }) =>
        app === name && act.kind === "write" && outcome === "ok" && from >= mendedAt,
    );
    return first === undefined ? Number.POSITIVE_INFINITY : first.until - mendedAt;
  });
  const longest = Math.max(...times);
  return Number.isFinite(longest) ? longest : undefined;
}

function figuresOf(
  history: History,
  apps: readonly AppProcess[],
): Pick<TrialReport, "requests" | "unavailable" | "slowest" | "recovered"> {
  const { operations, absences } = history;
  const answered = operations.filter((operation) => !isAbsent(operation, absences));
  return {
    requests: operations.length,
    unavailable: unavailableIn(history),
    slowest: Math.max(...answered.map(({ from, until: to }) => to - from)),
    recovered: recoveryOf(history, apps) ?? Number.POSITIVE_INFINITY,
  };
}

function unavailableIn({ operations }: History): number {
  return operations.filter(({ status }) => status === 503).length;
}
