/**
 * Scenarios as handlers of `node:http` and Express alike.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import type { Ends, Handler } from "./contenders/contender.ts";
import type { Respond } from "./exchange.ts";
import { PROFILE_BYTES } from "./profile.ts";
import { login, type Scenario } from "./scenarios.ts";

/** With a length, as Express sends it. */
export function reply(res: ServerResponse, body: string): void {
  res.setHeader("Content-Type", "text/plain; charset=utf-8");
  res.setHeader("Content-Length", body.length);
  res.end(body);
}

/** The handler of an app that uses this library. */
export function handlerOf(scenario: Scenario, library: Ends, bytes: number = PROFILE_BYTES): Handler {
  const { act, effect } = scenario;
  const { save, end } = library;
  if (effect === "end") {
    return (req, res) => {
      const body = act(req, bytes);
      end(req, (error) => (error === undefined ? reply(res, body) : failed(error)));
    };
  }
  if (effect === "change" && save !== undefined) {
    return (req, res) => {
      const body = act(req, bytes);
      save(req).then(() => reply(res, body), failed);
    };
  }
  return (req, res) => reply(res, act(req, bytes));
}

/** The handler of an app without sessions. */
export function bareHandler({ bare }: Scenario, bytes: number): Respond {
  return (req, res) => reply(res, bare(req, bytes));
}

/** Signs a user in with a library that asks for nothing more. */
export const signInHandler: Handler = (req, res) => reply(res, login.act(req, PROFILE_BYTES));

/** Shows all of a session's data, for checks. */
export const show: Handler = (req, res) => {
  const { cookie: _cookie, ...data } = req.session;
  reply(res, JSON.stringify(data));
};

/** No request may fail while it is measured: this ends the process. */
function failed(error: unknown): never {
  throw error;
}
