/**
 * Sends a scenario's requests through the steps of a floor, and sees to it that they do the work.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import type { IncomingMessage } from "node:http";
import { spoil } from "../contenders/contender.ts";
import { ask, type RequestLine, type Respond } from "../exchange.ts";
import { reply, show } from "../handlers.ts";
import { PROFILE_BYTES, type Profile, profileOf, userName } from "../profile.ts";
import { cookieHeader, type Runner } from "../runners.ts";
import { LOGIN_URL, login, type Scenario, type ScenarioName, type SessionRequest } from "../scenarios.ts";
import { type Floor, type Step, type Steps, Visit, walk } from "./visit.ts";

/** How many sessions are looked at before and after. */
const CHECKED = 32;

export interface FloorRunners {
  readonly names: readonly string[];
  /** The first step, then the first two, and so on; the last of them is the whole floor. */
  readonly runners: readonly Runner[];
}

/** @param requests - in a slice; also the number of live sessions */
export async function floorRunners<Kept>(
  floor: Floor<Kept>,
  scenario: Scenario,
  requests: number,
): Promise<FloorRunners> {
  const { name, method, cookie } = scenario;
  const steps = stepsOf(floor, name);
  const all = [...steps.load, ...steps.save];
  const known = await signInAll(floor, cookie === "none" ? CHECKED : requests);
  const sent = cookie === "forged" ? known.map(spoil) : known;
  let logins = requests;
  let slices = 0;

  const lineOf = (index: number): RequestLine => ({
    method,
    url: name === "login" ? LOGIN_URL + userName(logins++) : "/",
    cookie: cookie === "none" ? undefined : sent[index],
  });

  async function checkReplies(respond: Respond): Promise<void> {
    for (let i = 0; i < CHECKED; i++) {
      const user = userName(name === "login" ? logins : i);
      const found = await ask(lineOf(i), respond);
      const expected = { user, views: 10_001, inCookie: false };
      assert(scenario.right(found, expected), `floor, ${name}: wrong reply ${JSON.stringify(found)}`);
    }
  }

  async function checkData(): Promise<void> {
    const views = 10_000 + (name === "write" ? slices + 1 : 0);
    for (let i = 0; i < CHECKED; i++) {
      assert.deepEqual(await dataOf(floor, known[i]), { ...profileOf(userName(i)), views }, `floor, ${name}`);
    }
  }

  async function checkIds(): Promise<void> {
    for (const genuine of steps.load.length === 0 ? [] : known.slice(0, CHECKED)) {
      const proven = await Promise.all(
        [genuine, spoil(genuine), undefined].map((it) => isProven(steps.load, it)),
      );
      assert.deepEqual(proven, [true, false, false], `floor, ${name}: ids that are genuine`);
    }
  }

  const runners = all.map((_, last): Runner => {
    const respond = through(scenario, firstOf(steps, last + 1));
    const isWhole = last === all.length - 1;
    return {
      run: (sending) => {
        if (isWhole) slices += 1;
        return sending(requests, lineOf, respond);
      },
      check: isWhole ? checkData : async () => {},
    };
  });
  await checkIds();
  await checkReplies(through(scenario, steps));
  await checkData();
  return { names: all.map((step) => step.name), runners };
}

/** What a session holds, to a process that has not seen it before. */
async function dataOf<Kept>(floor: Floor<Kept>, cookie: string | undefined): Promise<unknown> {
  const { load } = stepsOf(floor.stranger(), "read");
  const respond: Respond = (req, res) => {
    const visit = new Visit<Kept>(req, res, undefined);
    walk(visit, load, () => show(withSession(req, visit.data ?? {}), res));
  };
  return JSON.parse((await ask({ method: "GET", url: "/", cookie }, respond)).body);
}

async function isProven<Kept>(load: readonly Step<Kept>[], cookie: string | undefined): Promise<boolean> {
  const respond: Respond = (req, res) => {
    const visit = new Visit<Kept>(req, res, undefined);
    walk(visit, load, () => reply(res, String(visit.credential !== undefined)));
  };
  return (await ask({ method: "GET", url: "/", cookie }, respond)).body === "true";
}

/** Signs `count` users in; returns their `Cookie` headers. */
async function signInAll<Kept>(floor: Floor<Kept>, count: number): Promise<string[]> {
  const respond = through(login, stepsOf(floor, "login"));
  const cookies: string[] = [];
  for (let i = 0; i < count; i++) {
    const line = { method: "POST", url: LOGIN_URL + userName(i), cookie: undefined } as const;
    cookies.push(cookieHeader(await ask(line, respond)));
  }
  return cookies;
}

/** A server that takes each request through these steps; without the app's copy it replies as the bare handler does. */
function through<Kept>(scenario: Scenario, { load, save }: Steps<Kept>): Respond {
  const isNew = scenario.name === "login";
  return (req, res) => {
    const visit = new Visit<Kept>(req, res, isNew ? {} : undefined);
    walk(visit, load, () => {
      const { data } = visit;
      const body =
        data === undefined
          ? scenario.bare(req, PROFILE_BYTES)
          : scenario.act(withSession(req, data), PROFILE_BYTES);
      walk(visit, save, () => reply(res, body));
    });
  };
}

function withSession(req: IncomingMessage, session: Profile): SessionRequest {
  return Object.assign(req, { session });
}

function stepsOf<Kept>(floor: Floor<Kept>, name: ScenarioName): Steps<Kept> {
  const steps = floor.steps[name];
  if (steps === undefined) throw new Error(`there is no floor of ${name}`);
  return steps;
}

function firstOf<Kept>({ load, save }: Steps<Kept>, many: number): Steps<Kept> {
  return { load: load.slice(0, many), save: save.slice(0, Math.max(0, many - load.length)) };
}
