/**
 * What a request asks of a store, one operation at a time, and what it costs.
 *
 * @module
 */
import type { StoredRecord } from "holdfast/store";
import { handleOf, userOf } from "./handles.ts";
import type { Subject } from "./subjects/subject.ts";

export const OPERATIONS = [
  "baseline",
  "read",
  "commit",
  "touch",
  "sign-in",
  "sign-out",
  "list 1",
  "list 10",
  "list 100",
  "prune, nothing due",
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Processor time of one operation, in microseconds. */
export interface Cost {
  /** Of this process. */
  readonly client: number;
  /** Of each server. */
  readonly servers: readonly number[];
  /** How long it took, so many being under way. */
  readonly elapsed: number;
}

const IN_FLIGHT = 16;
/** Users with several sessions; their numbers are far from those of the others. */
const BUSY_USERS = 20;
const FIRST_BUSY_USER = 1_000_000_000;

/** How many sessions are written to, spread over all; each is left alone until all the others have had their turn. */
const SAMPLE = 5_000;

/** Sessions that an operation adds or ends have numbers from here on; other processes have others. */
let extra = 2_000_000_000 + process.pid * 1_000_000;

/** Adds `sessions` sessions for each of a few users, for the lists. */
export async function addBusyUsers(subject: Subject, sessions: number): Promise<void> {
  for (let user = 0; user < BUSY_USERS; user++) {
    for (let i = 0; i < sessions; i++) {
      await create(subject, extra++, FIRST_BUSY_USER + sessions * 1000 + user);
    }
  }
}

export async function create(subject: Subject, session: number, user: number): Promise<void> {
  const outcome = await subject.store.create(handleOf(session), subject.record(userOf(user)), Date.now());
  if (outcome !== "created") throw new Error(`not created: ${outcome}`);
}

/** Runs an operation `count` times, each on another session of the `size`. */
export async function measure(
  subject: Subject,
  sample: Sample,
  name: OperationName,
  size: number,
  count: number,
): Promise<Cost> {
  const run = operation(subject, sample, name, size);
  const servers = await subject.serverTime();
  const { user, system } = process.cpuUsage();
  const began = performance.now();
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < count) await run(started++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const elapsed = ((performance.now() - began) * 1000) / count;
  const now = process.cpuUsage();
  const after = await subject.serverTime();
  return {
    client: (now.user + now.system - user - system) / count,
    servers: after.map((time, index) => (time - (servers[index] ?? 0)) / count),
    elapsed,
  };
}

function operation(
  subject: Subject,
  sample: Sample,
  name: OperationName,
  size: number,
): (index: number) => unknown | Promise<unknown> {
  const { store, baseline } = subject;
  const some = (): string => handleOf(Math.floor(Math.random() * size));
  const listOf = (sessions: number) => async (index: number) => {
    const user = userOf(FIRST_BUSY_USER + sessions * 1000 + (index % BUSY_USERS));
    const listed = await store.listUser([user], Date.now());
    if (listed.length !== sessions) throw new Error(`${listed.length} sessions instead of ${sessions}`);
  };
  switch (name) {
    case "baseline":
      return () => baseline?.run();
    case "read":
      return async () => {
        if ((await store.read(some(), Date.now())) === null) throw new Error("a session is missing");
      };
    case "commit":
      return async () => {
        const known = sample.next();
        if (!(await store.update(known.handle, known.record.version, known.record, Date.now()))) {
          throw new Error("a session has moved");
        }
        known.record = { ...known.record, version: known.record.version + 1 };
      };
    case "touch":
      return async () => {
        const { handle, record } = sample.next();
        const { version, header, expiresAt } = record;
        await store.touch([{ handle, version, header, expiresAt }], Date.now());
      };
    case "sign-in":
      return () => {
        const session = extra++;
        return create(subject, session, session);
      };
    case "sign-out":
      return async () => {
        if (!(await store.delete(handleOf(--extra), Date.now()))) throw new Error("a session is missing");
      };
    case "list 1":
      return listOf(1);
    case "list 10":
      return listOf(10);
    case "list 100":
      return listOf(100);
    case "prune, nothing due":
      return () => store.prune(Date.now(), 1000);
  }
}

interface Known {
  readonly handle: string;
  record: StoredRecord<unknown>;
}

/** Sessions whose records are known, for operations that need them. */
export class Sample {
  readonly #known: readonly Known[];
  #turn = 0;

  private constructor(known: readonly Known[]) {
    this.#known = known;
  }

  /** @param part - of so many processes, each of which writes to sessions of its own */
  static async of({ store }: Subject, size: number, part: Part): Promise<Sample> {
    const count = Math.floor(Math.min(size, SAMPLE * part.of) / part.of);
    const step = Math.floor(size / (count * part.of));
    const known: Known[] = [];
    for (let i = 0; i < count; i++) {
      const handle = handleOf((i * part.of + part.index) * step);
      const record = await store.read(handle, Date.now());
      if (record === null) throw new Error("a session is missing");
      known.push({ handle, record });
    }
    return new Sample(known);
  }

  next(): Known {
    const known = this.#known[this.#turn++ % this.#known.length];
    if (known === undefined) throw new Error("the sample is empty");
    return known;
  }
}

/** Which of several processes. */
export interface Part {
  readonly index: number;
  readonly of: number;
}
