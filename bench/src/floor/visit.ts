/**
 * What a request goes through where there is nothing but what cannot be done without: no options, no events, no second
 * request for the same session at the same time.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Profile } from "../profile.ts";
import type { ScenarioName } from "../scenarios.ts";
import type { Credential } from "./credentials.ts";

/** The idle limit, in milliseconds. */
export const IDLE = 1_800_000;

/** One request on its way through the steps; `Kept` is a session as this process knows it. */
export class Visit<Kept> {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The id that came, if it is genuine, or the new one. */
  credential: Credential<Kept> | undefined = undefined;
  /** The session as it was before this request. */
  kept: Kept | undefined = undefined;
  /** `req.session`: the app's own copy. */
  data: Profile | undefined;
  /** The session as it is to be stored. */
  next: Kept | undefined = undefined;
  /** The name of a new session's user in a shared store's index. */
  user = "";

  constructor(req: IncomingMessage, res: ServerResponse, data: Profile | undefined) {
    this.req = req;
    this.res = res;
    this.data = data;
  }
}

export interface Step<Kept> {
  readonly name: string;
  run(visit: Visit<Kept>): void | Promise<void>;
}

/** What one kind of request takes, in this order. */
export interface Steps<Kept> {
  /** Before the app's handler. */
  readonly load: readonly Step<Kept>[];
  /** After it, before the reply. */
  readonly save: readonly Step<Kept>[];
}

/** The least that can be done with sessions in one kind of store. */
export interface Floor<Kept> {
  readonly steps: Readonly<Partial<Record<ScenarioName, Steps<Kept>>>>;
  /** Knows no session, as another process on the same store. */
  stranger(): Floor<Kept>;
  close(): Promise<void>;
}

/** Lets a visit go through steps, then calls `done`. A promise is made where a step waits, and nowhere else. */
export function walk<Kept>(visit: Visit<Kept>, steps: readonly Step<Kept>[], done: () => void, at = 0): void {
  for (let i = at; i < steps.length; i++) {
    const waiting = steps[i]?.run(visit);
    if (waiting === undefined) continue;
    waiting.then(() => walk(visit, steps, done, i + 1));
    return;
  }
  done();
}
