/**
 * The operations without which there is no session, each as bare as it can be: no options, no events, no store contract, no
 * second request at the same time. What is left of a library when everything is taken away that it is there for.
 *
 * @module
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { ScenarioName } from "../scenarios.ts";

export type Data = Record<string, unknown>;

interface Stored {
  readonly data: Data | string;
  readonly proof: string;
  readonly user: string;
  readonly expiresAt: number;
}

/** What the steps of all requests share. */
export class Shared {
  readonly sessions = new Map<string, Stored>();
  readonly users = new Map<string, string>();
  /** Ids that came before, and were proven. */
  readonly proven = new Map<string, string>();
  #pool: Buffer = Buffer.alloc(0);
  #used = 0;

  randomText(size: number): string {
    if (this.#used + size > this.#pool.length) {
      this.#pool = randomBytes(4096);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += size;
    return this.#pool.toString("base64url", at, at + size);
  }
}

/** One request on its way through the steps. */
export interface Work {
  readonly shared: Shared;
  readonly res: ServerResponse;
  readonly cookie: string;
  /** `req.session`, as the app has left it. */
  data: Data;
  handle: string;
  secret: string;
  id: string;
  proof: string;
  stored: Data | string;
}

export interface Step {
  readonly name: string;
  run(work: Work): void;
}

const blocks = Buffer.alloc(64 + 66, 0x36);
const outer = Buffer.alloc(64 + 32, 0x5c);

/** HMAC-SHA-256 of 66 characters under a key of zeros, which costs what any key does. */
function mac(pair: string): string {
  blocks.write(pair, 64, "latin1");
  outer.write(hash("sha256", blocks, "binary"), 64, "binary");
  return hash("sha256", outer, "base64url");
}

const NAME = "__Host-session=";
const SHAPE = /^[\w-]{4}\.[\w-]{22}\.[\w-]{43}\.[\w-]{43}$/;

const scan: Step = {
  name: "find the cookie in its header",
  run: (work) => {
    work.id = work.cookie.slice(work.cookie.indexOf(NAME) + NAME.length);
  },
};

const login: readonly Step[] = [
  {
    name: "384 random bits as text",
    run: (work) => {
      work.handle = work.shared.randomText(16);
      work.secret = work.shared.randomText(32);
    },
  },
  {
    name: "the id's MAC",
    run: (work) => {
      const pair = `${work.handle}.${work.secret}`;
      work.id = `abcd.${pair}.${mac(pair)}`;
    },
  },
  {
    name: "a hash of its secret",
    run: (work) => {
      work.proof = hash("sha256", work.secret, "base64url");
    },
  },
  {
    name: "the data as JSON",
    run: (work) => {
      work.stored = JSON.stringify(work.data);
    },
  },
  {
    name: "an entry by handle, kept",
    run: ({ shared, handle, proof, stored, data }) => {
      const expiresAt = Date.now() + 1_800_000;
      shared.sessions.set(handle, { data: stored, proof, user: String(data.userId), expiresAt });
    },
  },
  {
    name: "an entry by user, kept",
    run: ({ shared, handle, data }) => {
      shared.users.set(String(data.userId), handle);
    },
  },
  {
    name: "Set-Cookie and Cache-Control",
    run: ({ res, id }) => {
      res.setHeader("Set-Cookie", [`${NAME}${id}; Path=/; HttpOnly; Secure; SameSite=Lax`]);
      res.setHeader("Cache-Control", "no-store");
    },
  },
];

const forged: readonly Step[] = [
  scan,
  {
    name: "its shape",
    run: (work) => {
      if (!SHAPE.test(work.id)) work.id = "";
    },
  },
  {
    name: "the MAC it should have",
    run: (work) => {
      work.proof = mac(work.id.slice(5, 71));
    },
  },
  {
    name: "a compare in constant time",
    run: (work) => {
      const given = Buffer.from(work.id.slice(72), "latin1");
      if (timingSafeEqual(given, Buffer.from(work.proof, "latin1"))) throw new Error("not forged");
    },
  },
];

const write: readonly Step[] = [
  scan,
  {
    name: "an id proven before",
    run: (work) => {
      const { proven } = work.shared;
      const mark = work.id.slice(-12);
      if (proven.get(mark) !== work.id) proven.set(mark, work.id);
    },
  },
  {
    name: "a copy of the data for the app",
    run: (work) => {
      const handle = work.id.slice(5, 27);
      const found = work.shared.sessions.get(handle)?.data;
      if (typeof found === "object") work.stored = found;
      work.data = clonedData(typeof found === "object" ? found : work.data);
    },
  },
  {
    name: "what has changed",
    run: (work) => {
      work.data.views = Number(work.data.views) + 1;
      const { stored } = work;
      if (typeof stored !== "object") return;
      const next = { ...stored };
      for (const key in work.data)
        if (!isSame(work.data[key], stored[key])) next[key] = cloned(work.data[key]);
      work.data = next;
    },
  },
  {
    name: "the entry replaced, kept",
    run: ({ shared, id, data, proof }) => {
      const expiresAt = Date.now() + 1_800_000;
      shared.sessions.set(id.slice(5, 27), { data, proof, user: String(data.userId), expiresAt });
    },
  },
];

/** What each scenario needs, in its order. */
export const rows: Partial<Record<ScenarioName, readonly Step[]>> = { forged, write, login };

function cloned(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map(cloned) : clonedData(value as Data);
}

function clonedData(data: Data): Data {
  const copy = { ...data };
  for (const key in copy) if (typeof copy[key] === "object") copy[key] = cloned(copy[key]);
  return copy;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.every((item, index) => isSame(item, b[index]));
  const [one, other] = [a as Data, b as Data];
  for (const key in one) if (!isSame(one[key], other[key])) return false;
  return true;
}
