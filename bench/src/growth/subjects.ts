/**
 * The libraries whose memory is watched, each with a store that nobody is put out of.
 *
 * @module
 */
import expressSession from "express-session";
import { session } from "holdfast";
import { MemoryStore } from "holdfast/store/memory";
import { serve } from "../carriers.ts";
import type { Contender, Middleware } from "../contenders/contender.ts";
import { drive } from "../drive.ts";
import { ask } from "../exchange.ts";
import { signInHandler } from "../handlers.ts";
import { profileOf, userName } from "../profile.ts";
import { cookieHeader } from "../runners.ts";
import { LOGIN_URL } from "../scenarios.ts";
import { SECRET } from "../trial.ts";
import type { Grown } from "./protocol.ts";

const HALF_HOUR = 1_800_000;
/** What is given back in one step. */
const BATCH = 10_000;

export interface Subject extends Pick<Contender, "name" | "middleware" | "inCookie"> {
  /** Adds sessions of the users from one number to another, without keeping their cookies. */
  fill(from: number, to: number): Promise<void>;
  /** Lets all sessions expire, and the library do what it then does in a while. */
  expire(): Promise<void>;
}

export function subjectOf(library: Grown): Subject {
  return library === "Holdfast" ? holdfastSubject() : expressSessionSubject();
}

function holdfastSubject(): Subject {
  const store = new MemoryStore<unknown>({ maxSessions: 10_000_000, maxBytes: 2 ** 40 });
  let passed = 0;
  const now = (): number => Date.now() + passed;
  const middleware = session({ secret: SECRET, store, idle: HALF_HOUR, clock: { now } });
  const respond = serve(signInHandler, middleware);
  return {
    name: "Holdfast",
    middleware,
    inCookie: false,
    fill: (from, to) =>
      drive(
        to - from,
        (index) => ({ method: "POST", url: LOGIN_URL + userName(from + index), cookie: undefined }),
        respond,
      ),
    expire: async () => {
      passed = 2 * HALF_HOUR;
      while (store.prune(now(), BATCH) > 0);
    },
  };
}

function expressSessionSubject(): Subject {
  const store = new expressSession.MemoryStore();
  const middleware = expressSession({
    secret: SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: true, maxAge: HALF_HOUR },
    store,
  }) as unknown as Middleware;
  return {
    name: "express-session, MemoryStore",
    middleware,
    inCookie: false,
    // What a sign-in leaves in the store, without the request: sparing its processor time and its garbage.
    fill: async (from, to) => {
      for (let user = from; user < to; user++) {
        const cookie = Object.assign(new expressSession.Cookie(), { secure: true, maxAge: HALF_HOUR });
        const id = `${userName(user)}-${"i".repeat(18)}`;
        store.set(id, { cookie, ...profileOf(userName(user)) });
      }
    },
    expire: async () => {
      const real = Date.now;
      Date.now = () => real() + 2 * HALF_HOUR;
      // It looks at nothing but what it is asked for: somebody's visit.
      await ask({ method: "GET", url: "/", cookie: undefined }, serve(signInHandler, middleware));
    },
  };
}

/** Signs one user in; returns the `Cookie` header. */
export async function signIn({ middleware }: Subject, user: number): Promise<string> {
  const line = { method: "POST", url: LOGIN_URL + userName(user), cookie: undefined } as const;
  return cookieHeader(await ask(line, serve(signInHandler, middleware)));
}
