/**
 * Lost updates: so many requests write to one session at once, and what is missing afterwards is counted.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { serve } from "../carriers.ts";
import { ARENAS, type ArenaName, enter } from "../contenders/arenas.ts";
import type { Contender, Handler, Place } from "../contenders/contender.ts";
import { ask } from "../exchange.ts";
import { handlerOf, show } from "../handlers.ts";
import { userName } from "../profile.ts";
import type { Progress } from "../progress.ts";
import { cookieHeader } from "../runners.ts";
import { LOGIN_URL, login } from "../scenarios.ts";
import { startServers } from "../servers.ts";
import { SECRET } from "../trial.ts";

export const WRITERS = 100;

/** How often it is tried; what is lost differs from time to time. */
const TRIES = 5;

export interface LostRow {
  readonly arena: ArenaName;
  readonly library: string;
  /** Of {@link WRITERS} writes to fields of their own, the most that were missing in one try. */
  readonly fields: number;
  /** Of {@link WRITERS} increments of one counter, the same. */
  readonly increments: number;
  /** Of all these, the most in one try that got no success as their reply; they do not count as lost. */
  readonly refused: number;
}

export async function measureLost(arenas: readonly ArenaName[], progress: Progress): Promise<LostRow[]> {
  progress.expect(arenas.length);
  const servers = await startServers(arenas);
  const rows: LostRow[] = [];
  try {
    for (const arena of ARENAS.filter((it) => arenas.includes(it) && !servers.missing.has(it))) {
      progress.label(`lost updates, ${arena}`);
      rows.push(...(await inArena(arena, await servers.clean(arena))));
      progress.step();
    }
  } finally {
    await servers.stop();
  }
  return rows;
}

async function inArena(arena: ArenaName, servers: Pick<Place, "redis" | "postgres">): Promise<LostRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const libraries = await enter(arena, { secret: SECRET, folder, ...servers });
  const rows: LostRow[] = [];
  try {
    for (const library of libraries) {
      const fields: Try[] = [];
      const increments: Try[] = [];
      for (let i = 0; i < TRIES; i++) {
        fields.push(await tryOnce(library, userName(2 * i), writeField, countFields));
        increments.push(await tryOnce(library, userName(2 * i + 1), increment, countViews));
      }
      rows.push({
        arena,
        library: library.name,
        fields: Math.max(...fields.map(({ lost }) => lost)),
        increments: Math.max(...increments.map(({ lost }) => lost)),
        refused: Math.max(...[...fields, ...increments].map(({ refused }) => refused)),
      });
    }
  } finally {
    for (const library of libraries) await library.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

type Write = (library: Contender) => Handler;

interface Try {
  /** Writes that had success as their reply and left no trace. */
  readonly lost: number;
  readonly refused: number;
}

/** Runs {@link WRITERS} requests at once on a new session. */
async function tryOnce(
  library: Contender,
  user: string,
  write: Write,
  countKept: (data: Record<string, unknown>) => number,
): Promise<Try> {
  const signIn = serve(handlerOf(login, library), library.middleware);
  const url = LOGIN_URL + user;
  let cookie = cookieHeader(await ask({ method: "POST", url, cookie: undefined }, signIn));
  const respond = serve(write(library), library.middleware);
  // All carry the cookie of before; a browser keeps what the last reply sets.
  const before = cookie;
  let refused = 0;
  const writers = Array.from({ length: WRITERS }, async (_, number) => {
    const reply = await ask({ method: "POST", url: `/${number}`, cookie: before }, respond);
    if (reply.status !== 200) refused += 1;
    cookie = cookieHeader(reply, cookie);
  });
  await Promise.all(writers);
  const shown = await ask({ method: "GET", url: "/", cookie }, serve(show, library.middleware));
  return { lost: Math.max(0, WRITERS - refused - countKept(JSON.parse(shown.body))), refused };
}

/** Each request sets a field of its own, after it has waited for something else, as handlers do. */
const writeField: Write = (library) => async (req, res) => {
  const { session } = req;
  assert.equal(typeof session.views, "number", `${library.name}: the session is not there`);
  await turn();
  session[`field-${req.url?.slice(1)}`] = true;
  await library.save?.(req);
  res.end("done");
};

const countFields = (data: Record<string, unknown>): number =>
  Object.keys(data).filter((name) => name.startsWith("field-")).length;

/** Each request adds one to the same counter, by what its library has for that, if it has something. */
const increment: Write = (library) => async (req, res) => {
  const { session } = req;
  const views = Number(session.views);
  await turn();
  try {
    if (library.update !== undefined) {
      await library.update(req, (data) => {
        data.views = Number(data.views) + 1;
      });
    } else {
      session.views = views + 1;
      await library.save?.(req);
    }
  } catch {
    res.statusCode = 503;
  }
  res.end("done");
};

const countViews = ({ views }: Record<string, unknown>): number => Number(views) - 10_000;
