/**
 * Sends a scenario's requests to one contender, slice after slice, and sees to it that the work is really done.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { type CarrierName, serve, serveBare } from "./carriers.ts";
import type { Contender } from "./contenders/contender.ts";
import { IN_FLIGHT } from "./drive.ts";
import { ask, type Reply, type RequestLine, type Respond } from "./exchange.ts";
import { bareHandler, handlerOf, show } from "./handlers.ts";
import { PROFILE_BYTES, profileOf, userName } from "./profile.ts";
import { LOGIN_URL, login, type Scenario } from "./scenarios.ts";

export type Sending<T> = (
  count: number,
  line: (index: number) => RequestLine,
  respond: Respond,
) => Promise<T>;

export interface Runner {
  /** Sends one slice of requests. */
  run<T>(sending: Sending<T>): Promise<T>;
  /** Throws if the work was not really done. */
  check(): Promise<void>;
}

export interface RunnerOptions {
  /** In a slice; also the number of live sessions. */
  readonly requests: number;
  /** Default: {@link PROFILE_BYTES}. */
  readonly bytes?: number;
  /** Default: plain `node:http`. */
  readonly carrier?: CarrierName;
}

/** How many sessions are looked at before and after. */
const CHECKED = 32;

/** The same requests, cookies included, and replies of the same form; no session. */
export function bareRunner(scenario: Scenario, options: RunnerOptions): Runner {
  const { requests, bytes = PROFILE_BYTES, carrier = "node:http" } = options;
  const { method, name } = scenario;
  const respond = serveBare(bareHandler(scenario, bytes), carrier);
  let logins = requests;
  const cookie = scenario.cookie === "none" ? undefined : `connect.sid=s%3A${"c".repeat(76)}`;
  const line = (): RequestLine => ({
    method,
    url: name === "login" ? LOGIN_URL + userName(logins++) : "/",
    cookie,
  });
  const check = async (): Promise<void> => {
    const { status, body } = await ask(line(), respond);
    assert(status === 200 && body !== "", `bare, ${name}: wrong reply`);
  };
  return { run: (sending) => sending(requests, line, respond), check };
}

export async function libraryRunner(
  library: Contender,
  scenario: Scenario,
  { requests, bytes = PROFILE_BYTES, carrier = "node:http" }: RunnerOptions,
): Promise<Runner> {
  const { inCookie } = library;
  const { method, name, effect } = scenario;
  const respond = serve(handlerOf(scenario, library, bytes), library.middleware, carrier);
  const signIn = serve(handlerOf(login, library, bytes), library.middleware, carrier);
  const shown = serve(show, library.middleware, carrier);
  const known = await signInAll(library, signIn, scenario.cookie === "none" ? CHECKED : requests);
  const forged = scenario.cookie === "forged" ? known.map(library.forge) : [];
  /** Sessions that a slice ends. */
  let doomed: readonly string[] = [];
  let logins = requests;
  let slices = 0;

  function cookieOf(index: number): string | undefined {
    if (scenario.cookie === "none") return undefined;
    if (scenario.cookie === "forged") return forged[index];
    return effect === "end" ? doomed[index] : known[index];
  }

  const line = (index: number): RequestLine => ({
    method,
    url: name === "login" ? LOGIN_URL + userName(logins++) : "/",
    cookie: cookieOf(index),
  });

  async function prepare(count: number): Promise<void> {
    if (effect === "end") doomed = await signInAll(library, signIn, count);
    if (scenario.activityDue) library.passTime();
  }

  async function checkReplies(): Promise<void> {
    await prepare(CHECKED);
    for (let i = 0; i < CHECKED; i++) {
      const user = userName(name === "login" ? logins : i);
      const reply = await ask(line(i), respond);
      const views = 10_001;
      assert(scenario.right(reply, { user, views, inCookie }), wrong(library, name, reply));
    }
  }

  async function dataOf(cookie: string | undefined): Promise<unknown> {
    const { body } = await ask({ method: "GET", url: "/", cookie }, shown);
    return JSON.parse(body);
  }

  async function checkData(): Promise<void> {
    // The checks have sent the first sessions one request more. What is in the cookie stays as it is in this cookie.
    const writes = effect === "change" && scenario.cookie === "valid" && !inCookie;
    const views = 10_000 + (writes ? slices + 1 : 0);
    for (let i = 0; i < CHECKED; i++) {
      const expected = { ...profileOf(userName(i), bytes), views };
      assert.deepEqual(await dataOf(known[i]), expected, `${library.name}: the session's data`);
    }
    const dead = scenario.cookie === "none" ? undefined : (forged[0] ?? doomed[0]);
    // Who keeps nothing on the server cannot end what somebody has copied.
    if (scenario.cookie === "valid" && (effect !== "end" || inCookie)) return;
    assert.deepEqual(await dataOf(dead), {}, `${library.name}: a request without a live session has none`);
  }

  await checkReplies();
  await checkData();
  return {
    run: async (sending) => {
      slices += 1;
      await prepare(requests);
      return sending(requests, line, respond);
    },
    check: checkData,
  };
}

/** Signs `count` users in, several at a time; returns their `Cookie` headers. */
async function signInAll(library: Contender, respond: Respond, count: number): Promise<string[]> {
  const cookies: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const user = userName(i);
      const reply = await ask({ method: "POST", url: LOGIN_URL + user, cookie: undefined }, respond);
      const expected = { user, views: 0, inCookie: library.inCookie };
      assert(login.right(reply, expected), wrong(library, "login", reply));
      cookies[i] = cookieHeader(reply);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return cookies;
}

/** What a browser sends back, which had sent `before`: cookies of the same name are replaced. */
export function cookieHeader({ cookies }: Pick<Reply, "cookies">, before = ""): string {
  const pairs = [...before.split("; "), ...cookies.map((cookie) => cookie.split(";", 1)[0] ?? "")];
  const jar = new Map(pairs.filter((pair) => pair !== "").map((pair) => [pair.split("=", 1)[0], pair]));
  return [...jar.values()].join("; ");
}

function wrong(library: Contender, scenario: string, reply: Reply): string {
  return `${library.name}, ${scenario}: wrong reply ${JSON.stringify(reply)}`;
}
